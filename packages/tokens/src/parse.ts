// Decides which text is a compact JWT and which text is JSON: stricter than the platform, before anything is believed.
import { isUtf8 } from 'node:buffer';
import type { Refused } from './problems.ts';

/** A JSON object as parsed, with nothing believed about its members. */
export interface JsonObject {
  readonly [name: string]: unknown;
}

/** Bounds of one kind of token: sizes in bytes, depth in nested objects and arrays (the outer object counts as 1). */
export interface ParseLimits {
  readonly tokenBytes: number;
  readonly headerBytes: number;
  readonly payloadBytes: number;
  readonly depth: number;
}

/** Bounds for tokens that Parley signs itself. */
export const ownLimits: ParseLimits = { tokenBytes: 4096, headerBytes: 512, payloadBytes: 3072, depth: 4 };

/**
 * Bounds for tokens that others sign for the realtime gateway: `subs` with overrides is five levels deep, and `info`
 * and `data` are free JSON.
 */
export const foreignLimits: ParseLimits = { tokenBytes: 16_384, headerBytes: 1024, payloadBytes: 14_336, depth: 16 };

/** A token in strict compact form. The payload is not decoded yet: it is looked at only after the signature. */
export interface Compact {
  ok: true;
  header: JsonObject;
  /** The first two parts with the dot, as signed; ASCII. */
  signingInput: string;
  /** The second part, still base64url. */
  payload: string;
  signature: Buffer;
}

/** A strictly parsed JSON object, or the refusal. */
export type ParsedObject = { ok: true; value: JsonObject } | Refused;

const compactForm = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;
const forbiddenNames: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Splits a token and parses its header. Nothing is decoded before the size and the alphabet are known to be good.
 *
 * @param parseHeader one of {@link createHeaderParser} where headers come again and again
 * @returns the parts, or `too_long`, `malformed` (not three parts of the alphabet), `encoding` (not the one spelling of
 *   the bytes) or `json`
 */
export function parseCompact(
  token: string,
  limits: ParseLimits,
  parseHeader: typeof parsePart = parsePart,
): Compact | Refused {
  if (typeof token !== 'string') return { ok: false, problem: 'malformed' };
  if (token.length > limits.tokenBytes) return { ok: false, problem: 'too_long' };
  if (!compactForm.test(token)) return { ok: false, problem: 'malformed' };
  const firstDot = token.indexOf('.');
  const lastDot = token.lastIndexOf('.');
  if (firstDot > limits.headerBytes || lastDot - firstDot - 1 > limits.payloadBytes) {
    return { ok: false, problem: 'too_long' };
  }
  const signature = decodeStrict(token.slice(lastDot + 1));
  if (signature === undefined) return { ok: false, problem: 'encoding' };
  const header = parseHeader(token.slice(0, firstDot), limits.depth);
  if (!header.ok) return header;
  return {
    ok: true,
    header: header.value,
    signingInput: token.slice(0, lastDot),
    payload: token.slice(firstDot + 1, lastDot),
    signature,
  };
}

/**
 * Decodes one base64url part and parses the JSON object in it.
 *
 * @param part of the base64url alphabet only
 * @param maxDepth nested objects and arrays, the outer one counted
 */
export function parsePart(part: string, maxDepth: number): ParsedObject {
  const text = decodePart(part);
  return text === undefined ? { ok: false, problem: 'encoding' } : parseObject(text, maxDepth);
}

/**
 * Makes a {@link parsePart} that knows the last good header again by its text: an issuer writes the same one for as
 * long as its key signs. The text is all that is believed; which key it names is looked up each time.
 */
export function createHeaderParser(): typeof parsePart {
  let last: { part: string; maxDepth: number; parsed: ParsedObject } | undefined;
  return (part, maxDepth) => {
    if (last !== undefined && last.part === part && last.maxDepth === maxDepth) return last.parsed;
    const parsed = parsePart(part, maxDepth);
    if (parsed.ok) last = { part, maxDepth, parsed: { ok: true, value: Object.freeze(parsed.value) } };
    return parsed;
  };
}

/** The text of one part of the base64url alphabet; undefined if it is not the one spelling of UTF-8 bytes. */
export function decodePart(part: string): string | undefined {
  const bytes = decodeStrict(part);
  return bytes !== undefined && isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}

/**
 * Parses a JSON object, and refuses what `JSON.parse` lets pass: members named twice (in any spelling), names that
 * reach prototypes, lone surrogates, numbers that do not survive the parsing, deep nesting. A byte order mark is no JSON.
 *
 * @param maxDepth nested objects and arrays, the outer one counted
 * @param anyNumber whether numbers that do not survive pass: then the text has to be carried on, not the value
 */
export function parseObject(text: string, maxDepth: number, anyNumber = false): ParsedObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, problem: 'json' }; // what is wrong inside is the sender's affair
  }
  if (!isObject(value)) return { ok: false, problem: 'json' };
  // Each member of the text has one colon outside strings. A name that was given twice left fewer members than colons,
  // however it was escaped.
  const members = countMembers(value, maxDepth, anyNumber);
  return members === countColons(text) ? { ok: true, value } : { ok: false, problem: 'json' };
}

/** Whether a parsed value is a JSON object (no array, no null). */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

// The characters that may end a text whose last byte leaves 2 or 4 bits of them unused: those bits are zero.
const lastOfTwo = 'AEIMQUYcgkosw048';
const lastOfOne = 'AQgw';

/**
 * The bytes of a text of the base64url alphabet, or undefined if the text is not how those bytes are written (RFC 4648,
 * 3.5). Only the last character can differ: writing the bytes again to compare would cost as much as reading them.
 */
function decodeStrict(part: string): Buffer | undefined {
  const left = part.length % 4;
  if (left === 1) return undefined;
  if (left !== 0 && !(left === 2 ? lastOfOne : lastOfTwo).includes(part.charAt(part.length - 1))) return undefined;
  return Buffer.from(part, 'base64url');
}

/** How many members the value has in all its objects; NaN, which equals nothing, if any part of it is refused. */
function countMembers(value: unknown, depth: number, anyNumber: boolean): number {
  if (typeof value === 'string') return value.isWellFormed() ? 0 : Number.NaN;
  if (typeof value === 'number') return anyNumber || isExact(value) ? 0 : Number.NaN;
  if (typeof value !== 'object' || value === null) return 0;
  if (depth === 0) return Number.NaN;
  let members = 0;
  if (isObject(value)) {
    for (const name of Object.keys(value)) {
      if (forbiddenNames.has(name) || !name.isWellFormed()) return Number.NaN;
      members += 1 + countMembers(value[name], depth - 1, anyNumber);
    }
  } else {
    for (const item of Object.values(value)) members += countMembers(item, depth - 1, anyNumber);
  }
  return members;
}

const isExact = (value: number): boolean =>
  Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));

/** Colons outside strings in a text that is known to be JSON. */
function countColons(text: string): number {
  let colons = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x22) inString = !inString;
    else if (inString && code === 0x5c) at += 1;
    else if (!inString && code === 0x3a) colons += 1;
  }
  return colons;
}
