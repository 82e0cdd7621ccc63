// Decides how one cookie of a request is read: from the raw headers, because a planted second one must be seen.

/** What the cookie of a name says. */
export type ReadCookie = { kind: 'absent' } | { kind: 'several' } | { kind: 'value'; value: string };

/**
 * Reads a cookie.
 *
 * @param rawHeaders names and values by turns, as received
 * @returns `several` if the name comes more than once: one of them was planted
 */
export function readCookie(name: string, rawHeaders: readonly string[]): ReadCookie {
  const values = rawHeaders
    .filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'cookie')
    .flatMap((header) => header.split(';'))
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  const [value] = values;
  if (value === undefined) return { kind: 'absent' };
  return values.length > 1 ? { kind: 'several' } : { kind: 'value', value };
}
