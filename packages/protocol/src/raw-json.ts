// Decides how payloads travel untouched: text that is known to be one JSON value on one line, cut out of what came in.
import type { Json } from './server-api.ts';

declare const proof: unique symbol;

/** The text of one JSON value without a line break. Made only by this file, so that nothing else reaches the wire raw. */
export type RawJson = string & { readonly [proof]: true };

/**
 * The text of a value that this process made itself.
 *
 * @throws TypeError if the value has no JSON form (undefined, a function, a bigint, a cycle)
 */
export function rawJson(value: Json): RawJson {
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw new TypeError('a payload must be a JSON value: it was undefined or a function');
  return text as RawJson;
}

/** The value of raw JSON, for a caller in this process that wants to look into it. */
export function parseRawJson(raw: RawJson): Json {
  return JSON.parse(raw) as Json;
}

/** Reads text from outside as raw JSON. Undefined if it is not exactly one JSON value. */
export function readRawJson(text: string): RawJson | undefined {
  try {
    JSON.parse(text);
  } catch {
    // The parser's text would repeat the payload; that it is not JSON is all there is to say.
    return undefined;
  }
  return onOneLine(text.trim());
}

/**
 * Cuts the raw text of a value out of an object's text.
 *
 * @param text what `JSON.parse` has accepted as an object; anything else gives nonsense
 * @param path names of members, from the outermost inwards; of equal names the last counts, as for `JSON.parse`
 * @returns undefined if there is no such member
 */
export function sliceMember(text: string, path: readonly string[]): RawJson | undefined {
  let start = skipSpace(text, 0);
  let end = text.length;
  for (const name of path) {
    if (text.charCodeAt(start) !== openBrace) return undefined;
    const found = findMember(text, start, name);
    if (found === undefined) return undefined;
    [start, end] = found;
  }
  return onOneLine(text.slice(start, end));
}

/**
 * Cuts the raw texts of an array's elements out.
 *
 * @param text what `JSON.parse` has accepted as an array
 */
export function sliceElements(text: RawJson): RawJson[] {
  const elements: RawJson[] = [];
  let at = skipSpace(text, skipSpace(text, 0) + 1);
  while (at < text.length && text.charCodeAt(at) !== closeBracket) {
    const end = skipValue(text, at);
    elements.push(text.slice(at, end) as RawJson);
    at = skipSpace(text, end);
    if (text.charCodeAt(at) === comma) at = skipSpace(text, at + 1);
  }
  return elements;
}

/**
 * Cuts the raw texts of an object's members out, in their order; equal names come as often as they stand there.
 *
 * @param text what `JSON.parse` has accepted as an object
 */
export function sliceMembers(text: RawJson): [string, RawJson][] {
  const found: [string, RawJson][] = [];
  eachMember(text, skipSpace(text, 0), (key, start, end) => {
    const name = key.includes('\\') ? (JSON.parse(`"${key}"`) as string) : key;
    found.push([name, text.slice(start, end) as RawJson]);
  });
  return found;
}

const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;

// In valid JSON a raw line break can only be insignificant space (RFC 8259, 7), so that it can be dropped.
function onOneLine(text: string): RawJson {
  return (/[\r\n]/.test(text) ? text.replaceAll(/[\r\n]/g, '') : text) as RawJson;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) <= 0x20) at += 1;
  return at;
}

/** @returns index after the closing quote of the string that starts at `from` */
function skipString(text: string, from: number): number {
  let at = from + 1;
  for (;;) {
    const end = text.indexOf('"', at);
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === backslash) escapes += 1;
    if (escapes % 2 === 0) return end + 1;
    at = end + 1;
  }
}

/** @returns index after the value that starts at `from`; counts brackets instead of calling itself */
function skipValue(text: string, from: number): number {
  let depth = 0;
  let at = from;
  for (;;) {
    const char = text.charCodeAt(at);
    if (char === quote) {
      at = skipString(text, at);
      if (depth === 0) return at;
      continue;
    }
    if (char === openBrace || char === openBracket) depth += 1;
    else if (char === closeBrace || char === closeBracket) {
      // A scalar ends where its parent does; a container ends with its own bracket.
      if (depth === 0) return at;
      depth -= 1;
      if (depth === 0) return at + 1;
    } else if (depth === 0 && (char === comma || char <= 0x20)) return at;
    at += 1;
    if (at >= text.length) return text.length;
  }
}

function findMember(text: string, open: number, name: string): [number, number] | undefined {
  let found: [number, number] | undefined;
  eachMember(text, open, (key, start, end) => {
    if (key === name || (key.includes('\\') && JSON.parse(`"${key}"`) === name)) found = [start, end];
  });
  return found;
}

/** Calls for each member of the object that opens at `open`: its key with escapes, and where its value stands. */
function eachMember(text: string, open: number, found: (key: string, start: number, end: number) => void): void {
  let at = skipSpace(text, open + 1);
  while (text.charCodeAt(at) === quote) {
    const keyEnd = skipString(text, at);
    // One colon between the spaces.
    const start = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const end = skipValue(text, start);
    found(text.slice(at + 1, keyEnd - 1), start, end);
    at = skipSpace(text, end);
    if (text.charCodeAt(at) === comma) at = skipSpace(text, at + 1);
  }
}
