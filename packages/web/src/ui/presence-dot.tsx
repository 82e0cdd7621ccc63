// Decides the sign for "here now": a filled circle, else a ring; shape first, colour second.

/** A decorative sign; the words stand beside it. */
export function PresenceDot({ isOnline }: { isOnline: boolean }) {
  return (
    <span
      aria-hidden
      className={`inline-block size-2.5 shrink-0 rounded-full border-2 ${isOnline ? 'border-good bg-good hc:bg-[CanvasText]' : 'border-edge'}`}
    />
  );
}
