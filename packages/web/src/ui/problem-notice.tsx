// Decides how a refusal is told: what happened, what to do next, and the number that the operator asks for.
import type { ParleyProblem } from '@parley/client';
import { CircleAlert } from 'lucide-react';
import { texts } from '../texts/en.ts';
import { CopyButton } from './copy-button.tsx';

/** The next step for a problem, in words. */
export function nextStep(problem: Pick<ParleyProblem, 'code' | 'status' | 'detail'>): string {
  if (problem.detail !== undefined) return problem.detail;
  if (problem.code === 'network.unreachable' || problem.code === 'network.timeout') return texts.problem.networkHint;
  return texts.problem.next[problem.code] ?? texts.problem.otherwise;
}

/** A refusal, announced at once. Nothing is shown without a problem. */
export function ProblemNotice({ problem, className = '' }: { problem: ParleyProblem | undefined; className?: string }) {
  return (
    <div role="alert" className={problem === undefined ? 'hidden' : className}>
      {problem !== undefined && (
        <div className="flex gap-3 rounded-lg border border-danger bg-danger-tint px-3 py-2.5 text-sm">
          <CircleAlert aria-hidden size={18} className="mt-0.5 shrink-0 text-danger" />
          <div className="min-w-0">
            <p className="font-semibold">{problem.title}</p>
            <p>{nextStep(problem)}</p>
            {problem.requestId !== undefined && (
              <p className="mt-1 flex flex-wrap items-center gap-x-2 text-xs text-soft">
                <span className="break-all">{texts.problem.request(problem.requestId)}</span>
                <CopyButton text={problem.requestId} label={texts.problem.copyRequest} isSmall />
              </p>
            )}
          </div>
        </div>
      )}
    </div>
  );
}
