// Decides how a proof of work is found: one part after the other, by SHA-256, without holding up the page.
import type { ProofOfWork } from '@parley/contract';

// FIPS 180-4, 4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64 primes.
const ROUND_CONSTANTS = fractions(64, 1 / 3);
// FIPS 180-4, 5.3.3: of the square roots of the first eight.
const START = fractions(8, 1 / 2);
/** Hashes between two breaks, some ten milliseconds of work. */
const HASHES_AT_ONCE = 10_000;
/** One block of SHA-256 holds this much text besides its padding. */
const LONGEST_TEXT = 55;

/**
 * Solves a challenge; takes a second or two.
 *
 * @param pause lets other work go on between two stretches of computing; a macrotask if not given
 * @returns what to send as `proof`
 * @throws TypeError if the challenge is of a form that this client does not know
 */
export async function solveProofOfWork(
  challenge: ProofOfWork,
  pause: () => Promise<void> = macrotask,
): Promise<string> {
  const { puzzle, parts, bits } = challenge;
  if (puzzle.length > 40 || !/^[\x21-\x7e]+$/.test(puzzle) || bits > 30)
    throw new TypeError('the challenge is not known');
  const numbers: number[] = [];
  const work = new Int32Array(64);
  let hashes = 0;
  for (let part = 0; part < parts; part++) {
    let number = 0;
    while (leadingZeros(`${puzzle}.${part}.${number}`, work) < bits) {
      number++;
      hashes++;
      if (hashes % HASHES_AT_ONCE === 0) await pause();
    }
    numbers.push(number);
  }
  return `${challenge.seal}.${numbers.join('.')}`;
}

function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}

function fractions(count: number, power: number): Int32Array {
  const words: number[] = [];
  for (let candidate = 2; words.length < count; candidate++) {
    let isPrime = true;
    for (let divisor = 2; divisor * divisor <= candidate; divisor++) isPrime &&= candidate % divisor !== 0;
    if (isPrime) words.push((candidate ** power % 1) * 2 ** 32);
  }
  return Int32Array.from(words, (word) => word | 0);
}

function rotate(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}

/** Puts an ASCII text of one block and its padding into the first sixteen words (FIPS 180-4, 5.1.1). */
function pad(text: string, work: Int32Array): void {
  if (text.length > LONGEST_TEXT) throw new TypeError('the challenge is not known');
  work.fill(0, 0, 16);
  for (let at = 0; at < text.length; at++) add(work, at, text.charCodeAt(at));
  add(work, text.length, 0x80);
  work[15] = text.length * 8;
}

function add(work: Int32Array, at: number, byte: number): void {
  work[at >> 2] = (work[at >> 2] ?? 0) | (byte << (24 - (at % 4) * 8));
}

/** How many zero bits the first word of the SHA-256 of a short ASCII text begins with (FIPS 180-4, 6.2.2). */
function leadingZeros(text: string, work: Int32Array): number {
  pad(text, work);
  for (let at = 16; at < 64; at++) {
    const early = work[at - 15] ?? 0;
    const late = work[at - 2] ?? 0;
    const small0 = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3);
    const small1 = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10);
    work[at] = ((work[at - 16] ?? 0) + small0 + (work[at - 7] ?? 0) + small1) | 0;
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = START;
  for (let at = 0; at < 64; at++) {
    const big1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const chosen = (e & f) ^ (~e & g);
    const sum1 = (h + big1 + chosen + (ROUND_CONSTANTS[at] ?? 0) + (work[at] ?? 0)) | 0;
    const big0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const sum2 = (big0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + sum1) | 0;
    d = c;
    c = b;
    b = a;
    a = (sum1 + sum2) | 0;
  }
  return Math.clz32((a + (START[0] ?? 0)) | 0);
}
