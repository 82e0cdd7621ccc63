// Decides how text is copied and that the person is told it worked.
import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { texts } from '../texts/en.ts';
import { buttonClass } from './button.tsx';

const CONFIRM_MS = 2_500;

/** Copies `text`; says so for a moment. Where the browser refuses, the words stay selectable beside it. */
export function CopyButton({ text, label, isSmall = false }: { text: string; label: string; isSmall?: boolean }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), CONFIRM_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = (): void => {
    copyText(text).then(setCopied, () => setCopied(false));
  };
  const Icon = copied ? Check : Copy;
  const look = isSmall
    ? 'inline-flex min-h-6 min-w-6 items-center gap-1 rounded px-1 hover:bg-tint'
    : buttonClass('plain');
  return (
    <button type="button" className={look} onClick={copy} aria-label={isSmall ? label : undefined} title={label}>
      <Icon aria-hidden size={isSmall ? 13 : 16} />
      {isSmall ? '' : label}
      <span role="status" className={isSmall ? '' : 'sr-only'}>
        {copied ? texts.shell.copied : ''}
      </span>
    </button>
  );
}

/**
 * Puts text on the clipboard.
 *
 * @returns whether the browser had a clipboard to offer (it has none on plain http away from localhost)
 */
export async function copyText(text: string): Promise<boolean> {
  if (!('clipboard' in navigator)) return false;
  await navigator.clipboard.writeText(text);
  return true;
}
