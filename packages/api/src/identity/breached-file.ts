// Decides whether a password stands in a file of breached ones, by a binary search on disk: the file is never loaded.
import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';

/** Asks whether a password is known from a breach. Rejects when the list cannot be read. */
export interface BreachedPasswords {
  has(password: string): Promise<boolean>;
}

/** The longest line, in bytes: 40 digits, a colon, a count, a line end. */
const LINE_BYTES = 64;
const HASH_DIGITS = 40;
const FIRST_LINE = /^[0-9A-Fa-f]{40}(:\d{1,15})?\r?\n/;

/**
 * Opens a list in the form of "Have I Been Pwned": a SHA-1 in hexadecimal and a count a line, sorted by hash.
 *
 * @throws Error with a sentence for people when the file cannot be read or has another form
 */
export async function openBreachedFile(file: string): Promise<BreachedPasswords> {
  const first = await withFile(file, (handle) => readAt(handle, 0, LINE_BYTES));
  if (!FIRST_LINE.test(first))
    throw new Error(`${file} is no list of breached passwords: each line must be a SHA-1 and a count, sorted`);
  return {
    has(password) {
      const wanted = createHash('sha1').update(password).digest('hex').toUpperCase();
      return withFile(file, (handle) => search(handle, wanted));
    },
  };
}

async function withFile<T>(file: string, work: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await open(file, 'r');
  try {
    return await work(handle);
  } finally {
    await handle.close();
  }
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<string> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
  return buffer.toString('latin1', 0, bytesRead);
}

/** Narrows [low, high), both at beginnings of lines, until a line has the hash or none is left. */
async function search(handle: FileHandle, wanted: string): Promise<boolean> {
  const { size } = await handle.stat();
  let [low, high] = [0, size];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const { start, end, hash } = await lineAround(handle, { position: middle, low, size });
    if (hash === wanted) return true;
    if (hash < wanted) low = end;
    else high = start;
  }
  return false;
}

/** The line that a position stands in; no line begins before `low`. */
async function lineAround(
  handle: FileHandle,
  { position, low, size }: { position: number; low: number; size: number },
): Promise<{ start: number; end: number; hash: string }> {
  const from = Math.max(low, position - LINE_BYTES);
  const text = await readAt(handle, from, LINE_BYTES * 2);
  const at = position - from;
  // A position on a line's end belongs to that line.
  const start = at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1;
  const lineEnd = text.indexOf('\n', at);
  const end = lineEnd === -1 ? size - from : lineEnd + 1;
  return { start: from + start, end: from + end, hash: text.slice(start, start + HASH_DIGITS).toUpperCase() };
}
