// Decides what a pattern with stars matches: origins and channel names.

/** Whether a pattern uses more of the glob syntax than `*` (any run) and `?` (any one character). */
export function isUnsupportedGlob(pattern: string): boolean {
  return /[[\]{}\\]/.test(pattern);
}

/**
 * A test for the whole of a text. Walks without backtracking over more than one star, so that no pattern is slow.
 */
export function globMatcher(pattern: string): (text: string) => boolean {
  return (text) => matches(pattern, text);
}

function matches(pattern: string, text: string): boolean {
  let at = 0;
  let read = 0;
  let star = -1;
  let starRead = 0;
  while (read < text.length) {
    if (pattern[at] === '*') {
      star = at;
      starRead = read;
      at += 1;
    } else if (pattern[at] === '?' || pattern[at] === text[read]) {
      at += 1;
      read += 1;
    } else if (star === -1) {
      return false;
    } else {
      starRead += 1;
      read = starRead;
      at = star + 1;
    }
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}
