// Writes docs/errors.md from the problem codes and their explanations; with --check it only says whether it is current.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PROBLEMS, PROBLEM_CODES } from '@parley/contract';
import { EXPLANATIONS } from 'parley';

const file = path.join(path.dirname(import.meta.dirname), 'docs', 'errors.md');

function render(): string {
  const entries = PROBLEM_CODES.map((code) => {
    const { status, title } = PROBLEMS[code];
    const { cause, fix } = EXPLANATIONS[code];
    return `## \`${code}\`\n\n**${status}** · ${title}\n\n- Cause: ${cause}\n- What to do: ${fix}\n`;
  });
  return [
    '# Errors\n',
    'Every refusal of the HTTP API is an `application/problem+json` body (RFC 9457) with a stable `code`, a `title` for people, and a `requestId` to find in the log. A running server shows this page at `/docs/problems`.\n',
    '<!-- Written by tools/errors-page.ts from packages/contract/src/problems.ts and packages/parley/src/problems/explanations.ts. -->\n',
    ...entries,
  ].join('\n');
}

function readCurrent(): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Not written yet: as good as outdated.
    return '';
  }
}

if (!process.argv.includes('--check')) writeFileSync(file, render());
else if (readCurrent() !== render()) {
  console.error('docs/errors.md is not current; run: node tools/errors-page.ts');
  process.exitCode = 1;
}
