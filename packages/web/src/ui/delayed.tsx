// Decides that a waiting sign appears only when waiting is felt: after 200 ms unless said otherwise.
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { texts } from '../texts/en.ts';

const FELT_MS = 200;

/** Shows its children after 200 ms or `afterMs`, nothing before. */
export function Delayed({ afterMs = FELT_MS, children }: { afterMs?: number; children: ReactNode }) {
  const [isFelt, setIsFelt] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsFelt(true), afterMs);
    return () => clearTimeout(timer);
  }, [afterMs]);
  return isFelt ? children : null;
}

/** Grey lines where text will be. `lines` is their number. */
export function Skeleton({ lines, className = '' }: { lines: number; className?: string }) {
  return (
    <Delayed>
      <div role="status" className={`grid gap-3 ${className}`}>
        <span className="sr-only">{texts.app.loading}</span>
        {Array.from({ length: lines }, (_, i) => (
          <span
            key={i}
            aria-hidden
            className={`h-4 animate-pulse rounded bg-line ${i % 3 === 1 ? 'w-2/3' : 'w-11/12'}`}
          />
        ))}
      </div>
    </Delayed>
  );
}
