// Prints where the time of a .cpuprofile went, without waiting: by package, and by function with what it called. Arguments: FILE [rows].
import { readFileSync } from 'node:fs';

interface ProfileNode {
  id: number;
  callFrame: { functionName: string; url: string; lineNumber: number };
  children?: number[];
}

interface Profile {
  nodes: ProfileNode[];
  samples: number[];
  timeDeltas: number[];
}

/** Microseconds in a function itself, and with everything that it called. */
interface Spent {
  self: number;
  total: number;
}

const [file = '', rows = '30'] = process.argv.slice(2);
// What Node writes with --cpu-prof.
const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, 'utf8')) as Profile;
const byId = new Map(nodes.map((node) => [node.id, node]));
const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
const byPackage = new Map<string, Spent>();
const byFunction = new Map<string, Spent>();

for (const [index, id] of samples.entries()) {
  const node = byId.get(id);
  const microseconds = timeDeltas[index] ?? 0;
  if (node === undefined || node.callFrame.functionName === '(idle)') continue;
  spent(byPackage, packageOf(node)).self += microseconds;
  spent(byFunction, nameOf(node)).self += microseconds;
  const seen = new Set<string>();
  for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
    const ancestor = byId.get(at);
    if (ancestor === undefined) break;
    seen.add(nameOf(ancestor));
  }
  for (const name of seen) spent(byFunction, name).total += microseconds;
}

print(byPackage, 'self');
print(byFunction, 'self');
print(byFunction, 'total');

function spent(totals: Map<string, Spent>, name: string): Spent {
  let found = totals.get(name);
  if (found === undefined) totals.set(name, (found = { self: 0, total: 0 }));
  return found;
}

function nameOf({ callFrame: { functionName, url, lineNumber } }: ProfileNode): string {
  const place = url.replace(/^.*\/(?=(?:packages|node_modules|bench)\/)/, '');
  return `${functionName || '(anonymous)'} ${place}:${lineNumber + 1}`;
}

function packageOf({ callFrame: { functionName, url } }: ProfileNode): string {
  if (functionName.startsWith('(') && url === '') return functionName;
  if (url === '') return 'native code';
  if (url.startsWith('node:')) return url.split('/', 2).join('/');
  return /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? /(?:packages|bench)\/[^/]+/.exec(url)?.[0] ?? url;
}

function print(totals: ReadonlyMap<string, Spent>, order: keyof Spent): void {
  const all = [...totals.values()].reduce((sum, { self }) => sum + self, 0);
  const sorted = [...totals].toSorted(([, a], [, b]) => b[order] - a[order]).slice(0, Number(rows));
  console.table(
    sorted.map(([name, { self, total }]) => ({
      name,
      'self ms': Math.round(self / 1_000),
      'with callees ms': Math.round(total / 1_000),
      share: (Math.max(self, order === 'total' ? total : 0) / all).toFixed(3),
    })),
  );
}
