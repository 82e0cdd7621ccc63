// Decides which parts of a message become links: absolute http and https addresses, and nothing else.

/** A piece of a message: words as they are, or an address that is safe to link to. */
export type TextPart = { kind: 'text'; text: string } | { kind: 'link'; text: string; href: string };

const CANDIDATE = /\bhttps?:\/\/[^\s<>"'`\u200b-\u200f\u202a-\u202e\u2060-\u2069]{1,2000}/giu;
const TRAILING = /[.,;:!?…*_~|\\]+$/u;
const BRACKETS = { ')': '(', ']': '[', '}': '{' } as const;

/**
 * Splits a message into words and links. Joining the `text` of all parts gives the message back.
 *
 * @returns parts in order; a link's `href` is parsed, has the scheme http or https, and carries no user name
 */
export function autolink(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const match of text.matchAll(CANDIDATE)) {
    const shown = withoutTrailing(match[0]);
    const href = safeHref(shown);
    if (href === undefined) continue;
    if (match.index > end) parts.push({ kind: 'text', text: text.slice(end, match.index) });
    parts.push({ kind: 'link', text: shown, href });
    end = match.index + shown.length;
  }
  if (end < text.length) parts.push({ kind: 'text', text: text.slice(end) });
  return parts;
}

/** Takes off the punctuation of the sentence around an address, and a bracket that was opened before it. */
function withoutTrailing(candidate: string): string {
  let shown = candidate;
  for (;;) {
    const trimmed = withoutClosing(shown.replace(TRAILING, ''));
    if (trimmed === shown) return shown;
    shown = trimmed;
  }
}

function withoutClosing(shown: string): string {
  const last = shown.at(-1);
  if (last !== ')' && last !== ']' && last !== '}') return shown;
  const opened = shown.split(BRACKETS[last]).length;
  const closed = shown.split(last).length;
  return closed > opened ? shown.slice(0, -1) : shown;
}

function safeHref(shown: string): string | undefined {
  const url = URL.parse(shown);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return undefined;
  // `https://bank.example@evil.example/` reads as the first host and leads to the second.
  if (url.username !== '' || url.password !== '') return undefined;
  return url.href;
}
