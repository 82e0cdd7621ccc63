// Decides how the one-time token of a link is read: from the fragment, which browsers never send to a server.

/**
 * Reads the token of a set-up or invitation link.
 *
 * @param hash the fragment as `location.hash` gives it
 * @returns the token, or undefined when there is none that could be one
 */
export function linkToken(hash: string): string | undefined {
  const token = hash.startsWith('#') ? hash.slice(1) : hash;
  return /^[\w.~-]{1,200}$/.test(token) ? token : undefined;
}
