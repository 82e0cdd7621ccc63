// Decides the small picture that stands for a person: initials on a colour that follows from the id.
import type { CSSProperties } from 'react';

/** Initials of a name: of the first and the last word, one letter each. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/u);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters
    .map((word) => Array.from(word ?? '')[0] ?? '')
    .join('')
    .toUpperCase();
}

/** A person's picture; decorative, since the name always stands beside it. */
export function Avatar({
  id,
  name,
  className = 'size-9 text-[0.8125rem]',
}: {
  id: string;
  name: string;
  className?: string;
}) {
  return (
    <span
      aria-hidden
      className={`avatar inline-flex shrink-0 items-center justify-center rounded-[10px] font-bold hc:border ${className}`}
      style={{ '--hue': hueOf(id) } as CSSProperties}
    >
      {initials(name)}
    </span>
  );
}

/** One of twelve hues, the same for the same id on every device. */
function hueOf(id: string): number {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 997;
  return (sum % 12) * 30;
}
