// Decides how typing is shown: in one line whose place is always reserved, so that nothing jumps.
import type { UserSummary } from '@parley/contract';
import { texts } from '../../texts/en.ts';

/** Who types now. Its height is the same with and without words; it is not announced. */
export function TypingLine({ typers }: { typers: readonly UserSummary[] }) {
  return (
    <div className="flex h-6 items-center gap-2 truncate px-5 text-sm text-soft sm:px-6" data-typing={typers.length}>
      {typers.length > 0 && (
        <>
          <span aria-hidden className="typing-dots flex gap-0.5">
            {[0, 1, 2].map((i) => (
              <i key={i} className="size-1.5 rounded-full bg-soft hc:bg-[CanvasText]" />
            ))}
          </span>
          <span className="truncate">{texts.messages.typing(typers.map(({ name }) => name))}</span>
        </>
      )}
    </div>
  );
}
