// Decides the form of the opaque cursors of all lists.

/** What a cursor may hold: where a page ends, in the order of its list. */
export type CursorPart = string | number;

/**
 * Writes a cursor.
 *
 * @param kind the list and the version of its form, such as `m1`; another kind does not read it
 */
export function writeCursor(kind: string, parts: readonly CursorPart[]): string {
  return Buffer.from(JSON.stringify([kind, ...parts])).toString('base64url');
}

/**
 * Reads a cursor.
 *
 * @param types the types of the parts, in order
 * @returns undefined when it was not made by {@link writeCursor} for this kind
 */
export function readCursor(
  kind: string,
  types: readonly ('string' | 'number')[],
  cursor: string,
): CursorPart[] | undefined {
  const [writtenKind, ...parts] = parse(cursor);
  if (writtenKind !== kind || parts.length !== types.length) return undefined;
  const isWhole = parts.every((part, index) => typeof part === types[index] && isPlain(part));
  return isWhole ? (parts as CursorPart[]) : undefined;
}

function parse(cursor: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(value) ? value : [];
  } catch {
    // Not JSON: not one of ours, which the caller is told by the missing kind.
    return [];
  }
}

const isPlain = (part: unknown): boolean =>
  typeof part === 'number' ? Number.isSafeInteger(part) && part >= 0 : typeof part === 'string' && part.length <= 64;
