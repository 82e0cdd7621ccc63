// Decides how a regular expression out of a Centrifugo configuration (RE2 syntax) is compiled to one of the platform.

/** A named group, in the order of the expression. */
export interface PatternGroup {
  readonly name: string;
  /** What the group matches if that is only literal texts, as of `(?P<tenant>one|two)`; undefined if anything else may match. */
  readonly alternatives: readonly string[] | undefined;
}

/** A compiled expression. */
export interface Pattern {
  readonly groups: readonly PatternGroup[];
  /**
   * Whether the time of a match is bounded by a small power of the length of the text, whatever the text is: at most one
   * repetition (a fixed number of times is none) and eight `?`, and none of what itself repeats or chooses. Ask for it before matching a stranger's text.
   */
  readonly isQuick: boolean;
  /**
   * The time of a match grows at most with this power of the length of the text; Infinity if nothing of the kind can be said, because a
   * group that varies is repeated, or there are more than eight `?`.
   */
  readonly power: number;
  /**
   * Looks for the expression anywhere in the text, as Go's MatchString does.
   *
   * @returns the texts of the named groups that took part; undefined if nothing matches, or above 512 characters
   */
  match(text: string): Readonly<Record<string, string>> | undefined;
}

/** A pattern, or what is wrong with it as the rest of a sentence that begins with "the expression". */
export type CompiledPattern = { ok: true; pattern: Pattern } | { ok: false; reason: string };

/** The longest text that is looked at, in UTF-16 units. */
export const maxMatchedLength = 512;

const maxSourceLength = 4096;
const maxRepeats = 1000;
const maxOptions = 8;

/** What was read so far. */
interface Reading {
  out: string;
  readonly groups: OpenGroup[];
  readonly named: { name: string; body: string }[];
  dotAll: boolean;
  ignoreCase: boolean;
  repetitions: number;
  options: number;
  isNested: boolean;
  /** The group that has just been closed, for a repetition that may follow. */
  closed: OpenGroup | undefined;
}

interface OpenGroup {
  readonly name: string | undefined;
  /** Where the body begins in the source. */
  readonly from: number;
  varies: boolean;
}

// One element of RE2 syntax. A class may begin with a closing bracket.
const element =
  /\\[pP]\{\^?\w+\}|\\x\{[0-9A-Fa-f]{1,6}\}|\\x[0-9A-Fa-f]{2}|\\[\s\S]|\[\^?\]?(?:\\[\s\S]|[^\]\\])*\]|\(\?P?<[A-Za-z_]\w*>|\(\?[a-zA-Z-]*[:)]|\(\?|[*+?]\??|\{\d+(?:,\d*)?\}\??|[\s\S]/uy;

/**
 * Compiles an expression of RE2: named groups as `(?P<name>…)` or `(?<name>…)`, the flags i and s in front. What only the
 * platform knows (look-around, references back) is refused as Go refuses it; so are a few rare things of RE2 that the
 * platform reads otherwise (`\C`, `[[:alpha:]]`, `\Q`, the flags m and U, flags inside). Unanchored unless it says so.
 */
export function compilePattern(source: string): CompiledPattern {
  if (source.length > maxSourceLength) return { ok: false, reason: `is longer than ${maxSourceLength} characters` };
  const reading: Reading = {
    out: '',
    groups: [],
    named: [],
    dotAll: false,
    ignoreCase: false,
    repetitions: 0,
    options: 0,
    isNested: false,
    closed: undefined,
  };
  const matcher = new RegExp(element);
  let at = 0;
  while (at < source.length) {
    matcher.lastIndex = at;
    // Something always matches; the rest of the source stands here for the compiler.
    const part = matcher.exec(source)?.[0] ?? source.slice(at);
    const refusal = readElement(reading, part, { source, at });
    if (refusal !== undefined) return { ok: false, reason: refusal };
    at += part.length;
  }
  return toPattern(reading);
}

function toPattern(reading: Reading): CompiledPattern {
  let compiled: RegExp;
  try {
    compiled = new RegExp(reading.out, reading.ignoreCase ? 'iu' : 'u');
  } catch {
    return { ok: false, reason: 'does not compile' }; // the platform's words quote what was made of it, not what was written
  }
  const groups = reading.named.map(({ name, body }) => ({
    name,
    alternatives: reading.ignoreCase ? undefined : literalAlternatives(body),
  }));
  const pattern: Pattern = {
    groups,
    isQuick: reading.repetitions <= 1 && reading.options <= maxOptions && !reading.isNested,
    power: powerOf(reading),
    match(text) {
      const found = text.length > maxMatchedLength ? null : compiled.exec(text);
      if (found === null) return undefined;
      const texts = Object.entries(found.groups ?? {}).filter(([, value]) => value !== undefined);
      return Object.fromEntries(texts);
    },
  };
  return { ok: true, pattern };
}

/** Each repetition may end anywhere, and what is not anchored begins anywhere. */
function powerOf({ out, repetitions, options, isNested }: Reading): number {
  if (isNested || options > maxOptions) return Infinity;
  const isAnchored = out.startsWith('^') && !out.includes('|');
  return repetitions + (isAnchored ? 0 : 1);
}

interface Place {
  readonly source: string;
  readonly at: number;
}

/** Takes one element; the answer is why it is refused. */
function readElement(reading: Reading, part: string, place: Place): string | undefined {
  const { closed } = reading;
  reading.closed = undefined;
  if (part.startsWith('\\')) return append(reading, translateEscape(part, false));
  if (part.startsWith('[') && part.length > 1) return append(reading, translateClass(part));
  if (part.startsWith('(')) return openGroup(reading, part, place);
  if (part === ')') return closeGroup(reading, place);
  if (part === '|') {
    markVaries(reading);
    return append(reading, part);
  }
  if (/^(?:[*+?]|\{\d)/.test(part)) return repeat(reading, part, closed);
  if (part === '.') return append(reading, reading.dotAll ? '[^]' : String.raw`[^\n]`);
  return append(reading, ['{', '}', ']', '/'].includes(part) ? `\\${part}` : part);
}

function append(reading: Reading, text: string | undefined): string | undefined {
  if (text === undefined) return 'uses something that is not supported here';
  reading.out += text;
  return undefined;
}

const markVaries = (reading: Reading): void => {
  for (const group of reading.groups) group.varies = true;
};

function openGroup(reading: Reading, part: string, { at }: Place): string | undefined {
  const flags = /^\(\?([a-zA-Z]+)\)$/.exec(part)?.[1];
  if (flags !== undefined) {
    if (at !== 0 || !/^[is]+$/.test(flags)) return 'may have the flags i and s in front only';
    reading.ignoreCase = flags.includes('i');
    reading.dotAll = flags.includes('s');
    return undefined;
  }
  const name = /^\(\?P?<(\w+)>$/.exec(part)?.[1];
  if (name === undefined && part !== '(' && part !== '(?:') {
    return 'uses look-around or flags inside, which are not supported';
  }
  if (name !== undefined && (reading.named.some((other) => other.name === name) || isOpen(reading, name))) {
    return 'has two groups of one name';
  }
  reading.groups.push({ name, from: at + part.length, varies: false });
  reading.out += name === undefined ? part : `(?<${name}>`;
  return undefined;
}

const isOpen = (reading: Reading, name: string): boolean => reading.groups.some((group) => group.name === name);

function closeGroup(reading: Reading, { source, at }: Place): string | undefined {
  const group = reading.groups.pop();
  if (group === undefined) return 'closes a group that was not opened';
  if (group.name !== undefined) {
    reading.named.push({ name: group.name, body: source.slice(group.from, at) });
  }
  reading.closed = group;
  return append(reading, ')');
}

function repeat(reading: Reading, part: string, closed: OpenGroup | undefined): string | undefined {
  const [, least, most] = /^\{(\d+),?(\d*)\}/.exec(part) ?? [];
  if (Number(least ?? 0) > maxRepeats || Number(most ?? 0) > maxRepeats) return `repeats more than ${maxRepeats} times`;
  if (closed?.varies === true) reading.isNested = true;
  // A fixed number of times leaves nothing to try.
  if (/^\{\d+\}/.test(part)) return append(reading, part);
  if (part.startsWith('?')) reading.options += 1;
  else reading.repetitions += 1;
  markVaries(reading);
  return append(reading, part);
}

const perlSpace = String.raw`\t\n\f\r `;

/** An escape in the platform's spelling; undefined if the platform or RE2 has no such thing. */
function translateEscape(part: string, inClass: boolean): string | undefined {
  const letter = part.slice(1, 2);
  if (/^\\[pP]\{/.test(part)) return part.includes('^') ? undefined : part;
  if (part.startsWith(String.raw`\x{`)) return `\\u${part.slice(2)}`;
  if (letter === 'x') return part.length === 4 ? part : undefined;
  if (letter === 's') return inClass ? perlSpace : `[${perlSpace}]`;
  if (letter === 'S') return inClass ? undefined : `[^${perlSpace}]`;
  if (letter === 'a') return String.raw`\x07`;
  if (/[dDwWfnrtv]/.test(letter)) return part;
  if (/[Azb]/.test(letter)) return inClass ? undefined : { A: '^', z: '$', b: String.raw`\b` }[letter];
  if (letter === 'B') return inClass ? undefined : part;
  if (/[A-Za-z0-9]/.test(letter) || letter.length === 0) return undefined;
  return /[\^$\\.*+?()[\]{}|/]/.test(letter) || (inClass && letter === '-') ? part : letter;
}

function translateClass(part: string): string | undefined {
  const [, opening = '', body = ''] = /^(\[\^?)([\s\S]*)\]$/.exec(part) ?? [];
  if (body === '' || body.includes('[:')) return undefined;
  let out = '';
  for (const [piece] of body.matchAll(/\\[pP]\{\^?\w+\}|\\x\{[0-9A-Fa-f]{1,6}\}|\\x[0-9A-Fa-f]{2}|\\[\s\S]|[\s\S]/gu)) {
    const translated = piece.startsWith('\\') ? translateEscape(piece, true) : piece.replace(/[[\]]/, '\\$&');
    if (translated === undefined) return undefined;
    out += translated;
  }
  return `${opening}${out}]`;
}

/** The texts of `one|two`, where a dot and other marks may be escaped; undefined if the body is anything else. */
function literalAlternatives(body: string): readonly string[] | undefined {
  const literal = /^(?:[^\\^$.*+?()[\]{}|]|\\[^A-Za-z0-9])+$/u;
  const texts = body.split('|');
  return texts.every((text) => literal.test(text)) ? texts.map((text) => text.replaceAll(/\\(.)/gu, '$1')) : undefined;
}
