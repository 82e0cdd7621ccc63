// Decides how long a file and a function may be, and which exceptions are granted, each with its reason.
import { isTest } from './source.ts';
import type { Finding, ParsedSource } from './source.ts';

/** A granted exception: `lines` is the new bound for the file. */
export interface Exemption {
  path: string;
  lines: number;
  reason: string;
}

/** The exceptions that are granted today: tables and generated files. */
export const EXEMPTIONS: readonly Exemption[] = [];

const maxFileLines = 400;
const maxTestFileLines = 600;
const maxFunctionLines = 80;

/**
 * Finds files and functions that are too long, and exceptions that nobody needs any more.
 *
 * In tests, the callbacks handed to `describe` and `test`, and functions that declare tests, are held by the file bound.
 */
export function checkSizes(sources: readonly ParsedSource[], exemptions: readonly Exemption[]): Finding[] {
  const findings: Finding[] = [];
  for (const source of sources) {
    const exemption = exemptions.find((entry) => entry.path === source.path);
    const bound = exemption?.lines ?? (isTest(source.path) ? maxTestFileLines : maxFileLines);
    if (source.lineCount > bound) {
      findings.push({
        path: source.path,
        line: 1,
        message: `the file has ${source.lineCount} lines, at most ${bound}`,
      });
    }
    for (const entry of source.functions) {
      if (entry.lines <= maxFunctionLines) continue;
      if (isTest(source.path) && (entry.isCallback || entry.declaresTests)) continue;
      const message = `the function has ${entry.lines} lines, at most ${maxFunctionLines}`;
      findings.push({ path: source.path, line: entry.line, message });
    }
  }
  for (const entry of exemptions) {
    const source = sources.find((candidate) => candidate.path === entry.path);
    if (source !== undefined && source.lineCount > maxFileLines) continue;
    findings.push({ path: entry.path, line: 1, message: 'this exception from the size check is not needed any more' });
  }
  return findings;
}
