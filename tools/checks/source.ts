// Decides what the checks know about a source file: its imports, its exports with their docstrings, its functions.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { Visitor, parseSync } from 'oxc-parser';

/** A file as the checks take it: `path` is relative to the root of the repository, with forward slashes. */
export interface SourceText {
  path: string;
  text: string;
}

/** One broken rule. `line` counts from 1. */
export interface Finding {
  path: string;
  line: number;
  message: string;
}

/** What a file imports from elsewhere, type imports included. */
export interface Import {
  specifier: string;
  line: number;
}

/** A declaration that the file exports under its own name. */
export interface ExportedDeclaration {
  name: string;
  line: number;
  isDocumented: boolean;
}

/** A function with its span in lines. */
export interface FunctionSpan {
  line: number;
  lines: number;
  /** Handed directly to a call, as in `test('…', () => {…})`. */
  isCallback: boolean;
  /** Calls `test`, `it`, `describe` or `suite` somewhere inside, as the suite of a contract does. */
  declaresTests: boolean;
}

/** A parsed file. `starExports` and `defaultExports` are line numbers. */
export interface ParsedSource {
  path: string;
  firstLine: string;
  lineCount: number;
  imports: Import[];
  declarations: ExportedDeclaration[];
  starExports: number[];
  defaultExports: number[];
  functions: FunctionSpan[];
  /** Whether the file has statements other than `export { … } from` and `import`. */
  hasOwnStatements: boolean;
}

const skippedFolders = new Set(['node_modules', 'dist', '.git', 'data', '.cache', 'coverage', 'results']);

/**
 * Lists the files under some folders of the repository, sorted, without what is built or installed.
 *
 * @param accepts chooses by the path relative to `root`
 */
export function listFiles(root: string, folders: readonly string[], accepts: (file: string) => boolean): string[] {
  const found: string[] = [];
  const visit = (relative: string): void => {
    const stats = statSync(path.join(root, relative), { throwIfNoEntry: false });
    if (stats === undefined) return;
    if (stats.isFile()) {
      if (accepts(relative)) found.push(relative);
      return;
    }
    for (const name of readdirSync(path.join(root, relative))) {
      if (!skippedFolders.has(name)) visit(path.posix.join(relative, name));
    }
  };
  for (const folder of folders) visit(folder);
  return found.toSorted();
}

/** Reads the TypeScript sources of the repository: packages, checks, end-to-end tests and benchmarks. */
export function readSources(root: string): SourceText[] {
  return listFiles(root, ['packages', 'e2e', 'bench', 'tools'], (file) => /\.tsx?$/.test(file)).map((file) => ({
    path: file,
    text: readFileSync(path.join(root, file), 'utf8'),
  }));
}

/** Whether a file is a test or belongs to the support of tests. */
export function isTest(file: string): boolean {
  return (
    /\.test(-support)?\.tsx?$/.test(file) || /^(e2e|bench)\//.test(file) || /\/(testing|engine\/contract)\//.test(file)
  );
}

/**
 * Parses one file.
 *
 * @throws SyntaxError when the file cannot be parsed
 */
export function parseSource(source: SourceText): ParsedSource {
  const result = parseSync(source.path, source.text);
  const [error] = result.errors;
  if (error !== undefined) throw new SyntaxError(`${source.path}: ${error.message}`);
  const lineAt = lineFinder(source.text);
  const parsed: ParsedSource = {
    path: source.path,
    firstLine: source.text.slice(0, source.text.indexOf('\n')),
    lineCount: source.text.split('\n').length - 1,
    imports: result.module.staticImports.map((entry) => ({
      specifier: entry.moduleRequest.value,
      line: lineAt(entry.start),
    })),
    declarations: [],
    starExports: [],
    defaultExports: [],
    functions: [],
    hasOwnStatements: result.program.body.some((node) => !isPassedOn(node)),
  };
  for (const exported of result.module.staticExports) {
    const request = exported.entries[0]?.moduleRequest;
    if (request !== null && request !== undefined) {
      parsed.imports.push({ specifier: request.value, line: lineAt(exported.start) });
    }
  }
  const documented = documentedStarts(source.text, result.comments);
  collectExports(result.program.body, { parsed, lineAt, documented });
  collectFunctionsAndImports(result.program, { parsed, text: source.text, lineAt });
  return parsed;
}

type Program = ReturnType<typeof parseSync>['program'];
type Statement = Program['body'][number];
type LineAt = (offset: number) => number;

function isPassedOn(node: Statement): boolean {
  if (node.type === 'ImportDeclaration' || node.type === 'ExportAllDeclaration') return true;
  return node.type === 'ExportNamedDeclaration' && node.source !== null;
}

function lineFinder(text: string): LineAt {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}

/** The offsets at which something begins right after a docstring. */
function documentedStarts(
  text: string,
  comments: readonly { type: string; value: string; end: number }[],
): Set<number> {
  const starts = new Set<number>();
  for (const comment of comments) {
    if (comment.type !== 'Block' || !comment.value.startsWith('*') || comment.value.length < 6) continue;
    const rest = text.slice(comment.end).search(/\S/);
    if (rest !== -1) starts.add(comment.end + rest);
  }
  return starts;
}

interface ExportCollector {
  parsed: ParsedSource;
  lineAt: LineAt;
  documented: ReadonlySet<number>;
}

function collectExports(body: readonly Statement[], collector: ExportCollector): void {
  const { parsed, lineAt, documented } = collector;
  // Names that are exported apart from their declaration: `function a() {} export { a };`
  const exportedLater = new Set<string>();
  const add = (node: Statement, isDocumentedHere: boolean): void => {
    for (const name of namesOf(node)) {
      parsed.declarations.push({ name, line: lineAt(node.start), isDocumented: isDocumentedHere });
    }
  };
  for (const node of body) {
    if (node.type === 'ExportAllDeclaration') parsed.starExports.push(lineAt(node.start));
    if (node.type === 'ExportDefaultDeclaration') parsed.defaultExports.push(lineAt(node.start));
    if (node.type !== 'ExportNamedDeclaration') continue;
    if (node.declaration !== null) add(node.declaration, documented.has(node.start));
    else if (node.source === null) {
      for (const entry of node.specifiers) if (entry.local.type === 'Identifier') exportedLater.add(entry.local.name);
    }
  }
  for (const node of body) {
    if (namesOf(node).some((name) => exportedLater.has(name))) add(node, documented.has(node.start));
  }
}

function namesOf(node: Statement): string[] {
  if (node.type === 'VariableDeclaration') {
    return node.declarations.flatMap((entry) => (entry.id.type === 'Identifier' ? [entry.id.name] : ['(pattern)']));
  }
  if (node.type === 'TSInterfaceDeclaration' || node.type === 'TSTypeAliasDeclaration') return [node.id.name];
  const isNamed =
    node.type === 'FunctionDeclaration' || node.type === 'TSDeclareFunction' || node.type === 'ClassDeclaration';
  return isNamed && node.id !== null ? [node.id.name] : [];
}

interface FunctionCollector {
  parsed: ParsedSource;
  text: string;
  lineAt: LineAt;
}

function collectFunctionsAndImports(program: Program, { parsed, text, lineAt }: FunctionCollector): void {
  const callbacks = new Set<number>();
  const addFunction = (node: { start: number; end: number; body: unknown }): void => {
    if (node.body === null) return;
    const line = lineAt(node.start);
    parsed.functions.push({
      line,
      lines: lineAt(node.end) - line + 1,
      isCallback: callbacks.has(node.start),
      declaresTests: /\b(test|it|describe|suite)\(/.test(text.slice(node.start, node.end)),
    });
  };
  const addImport = (source: { type: string; value?: unknown; start: number }): void => {
    if (typeof source.value === 'string') {
      parsed.imports.push({ specifier: source.value, line: lineAt(source.start) });
    }
  };
  new Visitor({
    CallExpression(node) {
      for (const argument of node.arguments) callbacks.add(argument.start);
    },
    FunctionDeclaration: addFunction,
    FunctionExpression: addFunction,
    ArrowFunctionExpression: addFunction,
    ImportExpression: (node) => addImport(node.source),
    TSImportType: (node) => addImport(node.source),
  }).visit(program);
}
