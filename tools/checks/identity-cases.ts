// Decides which test covers which case of the catalogue of attacks, by comments beside tests and by names of tests.
import { Visitor, parseSync } from 'oxc-parser';
import type { CaseGroup } from './identity-case-list.ts';
import type { Finding, SourceText } from './source.ts';

/** A test that covers a case. Holes in a generated name are shown as `…`. */
export interface Coverage {
  path: string;
  name: string;
}

/** Tests by case number, in the order of the sources, and comments that name no case or stand at no test. */
export interface CaseMap {
  covered: ReadonlyMap<number, readonly Coverage[]>;
  findings: readonly Finding[];
}

interface TestCall {
  start: number;
  end: number;
  name: string;
}

const callees = new Set(['test', 'it', 'eachDatabase', 'testPostgres']);
const comment = /identity 2\.2: (\d+(?:-\d+)?(?:, \d+(?:-\d+)?)*)/;
const inName = /\b([A-I])(\d{1,3})(?:(?:-| to )([A-I])(\d{1,3}))?\b/g;

/** Reads the tests of all sources. A name counts where letter and number of a case fit together (`F72`, `B17 to B20`). */
export function mapCases(sources: readonly SourceText[], groups: readonly CaseGroup[]): CaseMap {
  const covered = new Map<number, Coverage[]>();
  const findings: Finding[] = [];
  const last = Math.max(...groups.map(({ first, cases }) => first + cases.length - 1));
  for (const source of sources) {
    const { tests, comments } = readTests(source);
    const cover = (number: number, { name }: TestCall): void => {
      const known = covered.get(number) ?? [];
      const isNew = !known.some((entry) => entry.path === source.path && entry.name === name);
      if (isNew) covered.set(number, [...known, { path: source.path, name }]);
    };
    for (const { start, value } of comments) {
      const numbers = rangesOf(comment.exec(value)?.[1] ?? '');
      const call = testAt(tests, start);
      const line = source.text.slice(0, start).split('\n').length;
      if (call === undefined) findings.push({ path: source.path, line, message: 'the comment stands at no test' });
      for (const number of numbers) {
        if (number > last) findings.push({ path: source.path, line, message: `there is no case ${number}` });
        else if (call !== undefined) cover(number, call);
      }
    }
    for (const call of tests) for (const number of casesInName(call.name, groups)) cover(number, call);
  }
  return { covered, findings };
}

/** The test around a place, the innermost one, or else the next one after it. */
function testAt(tests: readonly TestCall[], place: number): TestCall | undefined {
  const around = tests.filter(({ start, end }) => start < place && place < end);
  return around.at(-1) ?? tests.find(({ start }) => start > place);
}

function rangesOf(list: string): number[] {
  return list.split(', ').flatMap((part) => {
    const [from = 0, to = from] = part.split('-').map(Number);
    return from === 0 ? [] : Array.from({ length: to - from + 1 }, (_, at) => from + at);
  });
}

function casesInName(name: string, groups: readonly CaseGroup[]): number[] {
  const isCase = (letter: string, number: number): boolean =>
    groups.some(
      (group) => group.letter === letter && number >= group.first && number < group.first + group.cases.length,
    );
  return Array.from(name.matchAll(inName)).flatMap(([, letter = '', from = '', endLetter = letter, to = from]) =>
    isCase(letter, Number(from)) && isCase(endLetter, Number(to)) ? rangesOf(`${from}-${to}`) : [],
  );
}

function readTests(source: SourceText): { tests: TestCall[]; comments: { start: number; value: string }[] } {
  const result = parseSync(source.path, source.text);
  const [error] = result.errors;
  if (error !== undefined) throw new SyntaxError(`${source.path}: ${error.message}`);
  const tests: TestCall[] = [];
  new Visitor({
    CallExpression(node) {
      const [first] = node.arguments;
      if (node.callee.type !== 'Identifier' || !callees.has(node.callee.name) || first === undefined) return;
      const name = nameOf(first);
      if (name !== undefined) tests.push({ start: node.start, end: node.end, name });
    },
  }).visit(result.program);
  const comments = result.comments.filter(({ value }) => comment.test(value));
  return { tests: tests.toSorted((a, b) => a.start - b.start), comments };
}

type Argument = {
  type: string;
  value?: unknown;
  quasis?: readonly { value: { cooked?: string | null; raw: string } }[];
};

function nameOf(argument: Argument): string | undefined {
  if (argument.type === 'Literal' && typeof argument.value === 'string') return argument.value;
  if (argument.type !== 'TemplateLiteral') return undefined;
  return argument.quasis?.map(({ value }) => value.cooked ?? value.raw).join('…');
}
