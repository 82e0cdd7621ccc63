// Decides how a wait that the server asks for is counted down.
import { useEffect, useState } from 'react';

const SECOND_MS = 1_000;

/**
 * Counts whole seconds down to 0.
 *
 * @param problem what asks to wait; another object begins anew, undefined counts nothing
 */
export function useCountdown(problem: { retryAfterMs: number | undefined } | undefined): number {
  const [end, setEnd] = useState<{ of: object; atMs: number } | undefined>(undefined);
  const [now, setNow] = useState(0);
  useEffect(() => {
    if (problem?.retryAfterMs === undefined) {
      setEnd(undefined);
      return undefined;
    }
    const atMs = Date.now() + problem.retryAfterMs;
    setEnd({ of: problem, atMs });
    setNow(Date.now());
    const timer = setInterval(() => {
      setNow(Date.now());
      if (Date.now() >= atMs) clearInterval(timer);
    }, SECOND_MS);
    return () => clearInterval(timer);
  }, [problem]);
  if (end === undefined || end.of !== problem) return 0;
  return Math.max(0, Math.ceil((end.atMs - now) / SECOND_MS));
}
