// Decides how a wait that the server asks for is counted down.
import { useEffect, useState } from 'react';

const SECOND_MS = 1_000;

/**
 * Counts whole seconds down to 0.
 *
 * @param problem what asks to wait, from the moment it is first seen; undefined counts nothing
 */
export function useCountdown(problem: { retryAfterMs: number | undefined } | undefined): number {
  const [left, setLeft] = useState<{ of: unknown; seconds: number }>({ of: undefined, seconds: 0 });
  useEffect(() => {
    const waitMs = problem?.retryAfterMs;
    if (waitMs === undefined) return undefined;
    const endMs = Date.now() + waitMs;
    const timer = setInterval(() => {
      const seconds = Math.max(0, Math.ceil((endMs - Date.now()) / SECOND_MS));
      setLeft({ of: problem, seconds });
      if (seconds === 0) clearInterval(timer);
    }, SECOND_MS);
    return () => clearInterval(timer);
  }, [problem]);
  if (problem?.retryAfterMs === undefined) return 0;
  return left.of === problem ? left.seconds : Math.ceil(problem.retryAfterMs / SECOND_MS);
}
