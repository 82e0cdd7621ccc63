// Decides which passwords are guessed first, without asking anybody: known words and their derived forms, and patterns.
import { COMMON_WORDS, KEY_ROWS } from './common-words.ts';

/** Digits and signs around a word that do not make it one's own. */
const DECORATION_LENGTH = 6;
/** A shorter text, said again and again, is no longer text. */
const REPEATED_LENGTH = 8;
/** Runs along the keys that a text may be joined of to be a pattern. */
const MAX_RUNS = 4;
const MIN_RUN = 3;

const ROWS = KEY_ROWS.flatMap((row) => [row, Array.from(row).toReversed().join('')]);

const LOOK_ALIKES: Readonly<Record<string, string>> = {
  '@': 'a',
  '4': 'a',
  '8': 'b',
  '(': 'c',
  '3': 'e',
  '€': 'e',
  '6': 'g',
  '9': 'g',
  '!': 'i',
  '0': 'o',
  '5': 's',
  $: 's',
  '7': 't',
  '+': 't',
  '2': 'z',
};

/** Compatibility forms and case folded away, so that one comparison is enough. */
export function foldPassword(password: string): string {
  return password.normalize('NFKC').toLowerCase();
}

/** The letters that digits and signs stand for; `one` is what a 1 and a bar are read as. */
function readLookAlikes(text: string, one: 'i' | 'l'): string {
  return Array.from(text, (letter) => (letter === '1' || letter === '|' ? one : (LOOK_ALIKES[letter] ?? letter))).join(
    '',
  );
}

/** Whether a folded text is one sign or one short part again and again. */
function isRepetition(text: string): boolean {
  for (let unit = 1; unit < REPEATED_LENGTH && unit * 2 <= text.length; unit++) {
    const part = text.slice(0, unit);
    if (part.repeat(Math.ceil(text.length / unit)).startsWith(text)) return true;
  }
  return false;
}

/** Whether a folded text is a few runs along rows of keys, such as `qwerty123456`. */
function isRuns(text: string): boolean {
  let at = 0;
  for (let runs = 0; runs < MAX_RUNS && at < text.length; runs++) {
    const run = longestRun(text, at);
    if (run < MIN_RUN) return false;
    at += run;
  }
  return at >= text.length;
}

function longestRun(text: string, at: number): number {
  let length = 0;
  while (at + length < text.length && ROWS.some((row) => row.includes(text.slice(at, at + length + 1)))) length++;
  return length;
}

/** Whether letters are a known word, one word again and again, or two words joined. */
function isKnownWord(letters: string): boolean {
  if (COMMON_WORDS.has(letters)) return true;
  for (let at = MIN_RUN; at <= letters.length - MIN_RUN; at++) {
    const first = letters.slice(0, at);
    if (!COMMON_WORDS.has(first)) continue;
    const rest = letters.slice(at);
    if (COMMON_WORDS.has(rest) || first.repeat(Math.ceil(letters.length / at)) === letters) return true;
  }
  return false;
}

/** A folded text without the digits and signs at its ends, as long as they are few or a pattern themselves. */
function* cores(folded: string): Generator<string> {
  yield folded;
  for (const trim of [/[^\p{L}]+$/u, /^[^\p{L}]+/u, /^[^\p{L}]+|[^\p{L}]+$/gu]) {
    const removed = folded.match(trim)?.join('') ?? '';
    if (removed !== '' && (removed.length <= DECORATION_LENGTH || isRuns(removed) || isRepetition(removed)))
      yield folded.replace(trim, '');
  }
}

/**
 * Whether a password is among those that are guessed first: a known word, alone, doubled or joined with another, in
 * any case, with letters replaced and digits and signs around it; a run along the keys; a repetition.
 */
export function isCommonPassword(password: string): boolean {
  const folded = foldPassword(password);
  if (isRepetition(folded) || isRuns(folded)) return true;
  for (const core of cores(folded))
    for (const read of [core, readLookAlikes(core, 'i'), readLookAlikes(core, 'l')])
      if (isKnownWord(read.replaceAll(/[^\p{L}]/gu, ''))) return isMostlyLetters(core);
  return false;
}

/** What was read as a word must have been one: not some letters lost among digits that were taken for separators. */
function isMostlyLetters(core: string): boolean {
  const letters = readLookAlikes(core, 'i').replaceAll(/[^\p{L}]/gu, '').length;
  return letters * 2 >= core.length;
}
