// Writes docs/identity-cases.md, each case of the catalogue of attacks with its tests; with --check it only checks.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CASES_WITHOUT_TEST, CASE_GROUPS, CASE_REMARKS } from './checks/identity-case-list.ts';
import { mapCases } from './checks/identity-cases.ts';
import type { CaseMap } from './checks/identity-cases.ts';
import { readSources } from './checks/source.ts';

const root = path.dirname(import.meta.dirname);
const file = path.join(root, 'docs', 'identity-cases.md');
const total = CASE_GROUPS.reduce((sum, { cases }) => sum + cases.length, 0);

function findProblems({ covered, findings }: CaseMap): string[] {
  const numbers = Array.from({ length: total }, (_, at) => at + 1);
  return [
    ...findings.map((finding) => `${finding.path}:${finding.line}  ${finding.message}`),
    ...numbers
      .filter((number) => !covered.has(number) && !CASES_WITHOUT_TEST.has(number))
      .map((number) => `case ${number} has neither a test nor a reason in tools/checks/identity-case-list.ts`),
    ...numbers
      .filter((number) => covered.has(number) && CASES_WITHOUT_TEST.has(number))
      .map((number) => `case ${number} has a test: take it off the list of those without`),
  ];
}

function render({ covered }: CaseMap): string {
  const lines = [
    '# Attacks on identity, and the tests that try them',
    '',
    `Every case of our catalogue of attacks (${total} of them) with the tests that carry it out. What each must lead to stands in the test. The tests of the verifier itself run under every algorithm; those in \`e2e/identity\` come through the HTTP door of a running server.`,
    '',
    '<!-- Written by tools/identity-cases.ts from the tests: a comment `identity 2.2: 84` beside a test, or the number in its name. -->',
  ];
  for (const { letter, title, first, cases } of CASE_GROUPS) {
    lines.push('', `## ${letter}. ${title}`, '');
    for (const [at, text] of cases.entries()) {
      const number = first + at;
      lines.push(`- **${number}** ${text}`);
      const reason = CASES_WITHOUT_TEST.get(number);
      if (reason !== undefined) lines.push(`  - no test: ${reason}`);
      const remark = CASE_REMARKS.get(number);
      if (remark !== undefined) lines.push(`  - not in them: ${remark}`);
      for (const test of covered.get(number) ?? []) {
        lines.push(
          `  - [${path.basename(test.path)}](../${test.path}): ${test.name.replaceAll(/([*_<`[])/g, String.raw`\$1`)}`,
        );
      }
    }
  }
  return `${lines.join('\n')}\n`;
}

function readCurrent(): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Not written yet: as good as outdated.
    return '';
  }
}

const map = mapCases(
  readSources(root).filter((source) => /\.test\.tsx?$/.test(source.path)),
  CASE_GROUPS,
);
const problems = findProblems(map);
const text = render(map);
if (!process.argv.includes('--check')) writeFileSync(file, text);
else if (readCurrent() !== text)
  problems.push('docs/identity-cases.md is not current; run: node tools/identity-cases.ts');
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
