// Prints where the time of a .cpuprofile went: self time by package and by function. node bench/harness/read-profile.ts FILE [count]
import { readFileSync } from 'node:fs';

interface ProfileNode {
  id: number;
  callFrame: { functionName: string; url: string; lineNumber: number };
}

interface Profile {
  nodes: ProfileNode[];
  samples: number[];
  timeDeltas: number[];
}

const [file = '', count = '25'] = process.argv.slice(2);
// What Node writes with --cpu-prof.
const profile = JSON.parse(readFileSync(file, 'utf8')) as Profile;
const nodes = new Map(profile.nodes.map((node) => [node.id, node.callFrame]));
const byPackage = new Map<string, number>();
const byFunction = new Map<string, number>();

for (const [index, id] of profile.samples.entries()) {
  const frame = nodes.get(id);
  const microseconds = profile.timeDeltas[index] ?? 0;
  if (frame === undefined || frame.functionName === '(idle)') continue;
  const { functionName, url, lineNumber } = frame;
  add(byPackage, packageOf(url, functionName), microseconds);
  add(byFunction, `${functionName || '(anonymous)'} ${shortUrl(url)}:${lineNumber + 1}`, microseconds);
}

print(byPackage, 20);
print(byFunction, Number(count));

function add(totals: Map<string, number>, name: string, microseconds: number): void {
  totals.set(name, (totals.get(name) ?? 0) + microseconds);
}

function packageOf(url: string, functionName: string): string {
  if (functionName.startsWith('(')) return functionName;
  if (url === '') return 'native code';
  if (url.startsWith('node:')) return url.split('/', 2).join('/');
  return /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? /(packages|bench)\/[^/]+/.exec(url)?.[0] ?? url;
}

function shortUrl(url: string): string {
  return url.replace(/^.*\/(?=(?:packages|node_modules|bench)\/)/, '');
}

function print(totals: ReadonlyMap<string, number>, rows: number): void {
  const all = [...totals.values()].reduce((sum, value) => sum + value, 0);
  const sorted = [...totals].toSorted(([, a], [, b]) => b - a).slice(0, rows);
  console.table(
    sorted.map(([name, value]) => ({ name, ms: Math.round(value / 1_000), share: (value / all).toFixed(3) })),
  );
}
