// Decides what every file and every export must say about itself.
import type { Finding, ParsedSource } from './source.ts';

const mayExportDefault = /(^|\/)[\w.-]+\.config\.ts$/;

/**
 * Finds files that do not begin with a sentence, exports without a docstring, `export *`, default exports outside of
 * configuration files, and an `index.ts` of a package that does more than list names.
 */
export function checkExports(sources: readonly ParsedSource[]): Finding[] {
  return sources.flatMap((source) => findingsOf(source));
}

function findingsOf(source: ParsedSource): Finding[] {
  const findings: Finding[] = [];
  const add = (line: number, message: string): void => {
    findings.push({ path: source.path, line, message });
  };
  const isTestFile = /\.test\.tsx?$/.test(source.path);
  if (!isTestFile && !isSentence(source.firstLine)) {
    add(1, 'the first line must be one sentence: // what is decided here.');
  }
  for (const line of source.starExports) add(line, '`export *` hides names; list them');
  if (!mayExportDefault.test(source.path)) {
    for (const line of source.defaultExports) add(line, 'no default exports; export by name');
  }
  if (!isTestFile) {
    for (const entry of source.declarations) {
      if (!entry.isDocumented) add(entry.line, `the export ${entry.name} has no docstring`);
    }
  }
  if (/^packages\/[^/]+\/src\/index\.ts$/.test(source.path) && source.hasOwnStatements) {
    add(1, 'index.ts lists public names only: export { … } from');
  }
  return findings;
}

function isSentence(line: string): boolean {
  return /^\/\/ \S+ \S+ .*[.:?]$/.test(line);
}
