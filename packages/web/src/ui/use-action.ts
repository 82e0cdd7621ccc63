// Decides the life of one request that a person starts: one at a time, its refusal kept until the next try.
import type { Outcome, ParleyProblem } from '@parley/client';
import { useState } from 'react';

/**
 * Wraps a request for a form or a button.
 *
 * @param action what is asked of the server; its refusals are values
 * @param onDone called with the value when it was accepted
 * @returns `run` starts it and does nothing while it runs
 */
export function useAction<Input extends unknown[], Value>(
  action: (...input: Input) => Promise<Outcome<Value>>,
  onDone?: (value: Value) => void,
): { run: (...input: Input) => void; isBusy: boolean; problem: ParleyProblem | undefined } {
  const [isBusy, setIsBusy] = useState(false);
  const [problem, setProblem] = useState<ParleyProblem | undefined>(undefined);

  async function perform(input: Input): Promise<void> {
    setIsBusy(true);
    setProblem(undefined);
    try {
      const outcome = await action(...input);
      if (outcome.ok) onDone?.(outcome.value);
      else setProblem(outcome.problem);
    } finally {
      setIsBusy(false);
    }
  }

  return {
    run: (...input) => {
      if (!isBusy) void perform(input);
    },
    isBusy,
    problem,
  };
}
