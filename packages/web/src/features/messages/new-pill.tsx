// Decides how the reader who has scrolled up hears of what is below.
import { ArrowDown } from 'lucide-react';
import { texts } from '../../texts/en.ts';

const t = texts.messages;

/** A button above the composer: "↓ 3 new" with news below, an arrow without. */
export function NewPill({ isShown, count, onJump }: { isShown: boolean; count: number; onJump: () => void }) {
  if (!isShown) return null;
  return (
    <button
      type="button"
      aria-label={count > 0 ? t.pillLabel(count) : t.latest}
      onClick={onJump}
      className="absolute right-4 bottom-2 z-10 inline-flex min-h-9 min-w-9 items-center justify-center rounded-full border border-line bg-raised px-3 text-sm font-bold text-accent shadow-float"
    >
      {count > 0 ? t.pill(count) : <ArrowDown aria-hidden size={17} />}
    </button>
  );
}
