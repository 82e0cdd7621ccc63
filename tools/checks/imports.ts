// Decides whether the imports of the repository keep to the table: packages, rooms, listed dependencies, no cycles.
import { builtinModules } from 'node:module';
import path from 'node:path';
import { PACKAGES, ROOMS, reachesForeignStore } from './import-table.ts';
import { isTest } from './source.ts';
import type { Finding, Import, ParsedSource } from './source.ts';

/** What a package.json lists: names of dependencies, and of those for development. */
export interface Manifest {
  dependencies: readonly string[];
  devDependencies: readonly string[];
}

/**
 * Finds imports that the table forbids, imports of packages that no manifest lists, and cycles between files.
 * Type imports count like all others.
 *
 * @param manifests by package folder name; the root's own stands under ''
 */
export function checkImports(sources: readonly ParsedSource[], manifests: ReadonlyMap<string, Manifest>): Finding[] {
  const known = new Set(sources.map((source) => source.path));
  const findings: Finding[] = [];
  const edges = new Map<string, string[]>();
  for (const source of sources) {
    const targets: string[] = [];
    for (const entry of source.imports) {
      const message = refusalOf(source.path, entry, manifests);
      if (message !== undefined) findings.push({ path: source.path, line: entry.line, message });
      const target = targetOf(source.path, entry.specifier);
      if (target !== undefined && known.has(target)) targets.push(target);
    }
    edges.set(source.path, targets);
  }
  for (const cycle of findCycles(edges)) {
    const [first = ''] = cycle;
    findings.push({ path: first, line: 1, message: `import cycle: ${[...cycle, first].join(' → ')}` });
  }
  return findings;
}

/** The file that an import leads to, if it leads to one of ours. */
function targetOf(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return path.posix.join(path.posix.dirname(from), specifier);
  const own = ownPackage(specifier);
  return own === undefined ? undefined : `packages/${own}/src/index.ts`;
}

function ownPackage(specifier: string): string | undefined {
  if (specifier === 'parley') return 'parley';
  return /^@parley\/([\w-]+)$/.exec(specifier)?.[1];
}

function packageOf(file: string): string | undefined {
  return /^packages\/([\w-]+)\//.exec(file)?.[1];
}

function refusalOf(from: string, entry: Import, manifests: ReadonlyMap<string, Manifest>): string | undefined {
  const { specifier } = entry;
  if (specifier.startsWith('.')) return relativeRefusal(from, targetOf(from, specifier) ?? '');
  if (specifier.startsWith('node:')) return undefined;
  if (builtinModules.includes(specifier)) return `write node:${specifier}`;
  return tableRefusal(from, specifier) ?? manifestRefusal(from, specifier, manifests);
}

function relativeRefusal(from: string, to: string): string | undefined {
  const own = packageOf(from);
  // Benchmarks, end-to-end tests and tools stand beside the packages and may look into them.
  if (own === undefined) return undefined;
  if (own !== packageOf(to)) return 'a package reaches no file outside of itself';
  if (isTest(from)) return undefined;
  if (isTest(to)) return 'the support of tests is imported by tests only';
  const [source, target] = [insidePackage(from), insidePackage(to)];
  if (own === 'api' && reachesForeignStore(source, target))
    return "a domain asks another domain's policy, never its store";
  const broken = (ROOMS[own] ?? []).find(
    (rule) => rule.from.test(source) && rule.to.test(target) && rule.except?.test(source) !== true,
  );
  return broken?.message;
}

function insidePackage(file: string): string {
  return file.replace(/^packages\/[\w-]+\/(src\/)?/, '');
}

function tableRefusal(from: string, specifier: string): string | undefined {
  const target = ownPackage(specifier);
  const own = packageOf(from);
  if (target === undefined || own === undefined) return undefined;
  if (PACKAGES[own]?.includes(target) === true) return undefined;
  return `${own} may not import ${target}: see the import table in docs/architecture.md`;
}

function manifestRefusal(
  from: string,
  specifier: string,
  manifests: ReadonlyMap<string, Manifest>,
): string | undefined {
  const name = /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
  const own = manifests.get(packageOf(from) ?? '');
  const root = manifests.get('');
  const listed = new Set(own?.dependencies);
  // What stands beside the packages measures and tests them all, with whatever they use.
  if (packageOf(from) === undefined) {
    for (const manifest of manifests.values()) for (const entry of manifest.dependencies) listed.add(entry);
  }
  // What is built by a bundler, and what runs in tests and tools only, may come from the development dependencies.
  if (packageOf(from) === undefined || packageOf(from) === 'web' || isTest(from) || from.endsWith('.config.ts')) {
    for (const entry of [...(own?.devDependencies ?? []), ...(root?.devDependencies ?? [])]) listed.add(entry);
  }
  if (listed.has(name) || (packageOf(from) === undefined && ownPackage(specifier) !== undefined)) return undefined;
  return `${name} is not listed in the manifest`;
}

/** Finds the groups of files that reach each other (Tarjan); each group is sorted. */
function findCycles(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const waiting = new Set<string>();
  const cycles: string[][] = [];
  const visit = (node: string): void => {
    order.set(node, order.size);
    low.set(node, order.get(node) ?? 0);
    stack.push(node);
    waiting.add(node);
    for (const next of edges.get(node) ?? []) {
      if (!order.has(next)) visit(next);
      else if (!waiting.has(next)) continue;
      low.set(node, Math.min(low.get(node) ?? 0, low.get(next) ?? 0));
    }
    if (low.get(node) !== order.get(node)) return;
    const group = stack.splice(stack.lastIndexOf(node));
    for (const member of group) waiting.delete(member);
    if (group.length > 1 || (edges.get(node) ?? []).includes(node)) cycles.push(group.toSorted());
  };
  for (const node of edges.keys()) if (!order.has(node)) visit(node);
  return cycles;
}
