// Decides how a list that could not be read is told, with the way to ask again.
import { RefreshCw } from 'lucide-react';
import { texts } from '../texts/en.ts';
import { problemOf } from '../use-api.ts';
import { Button } from './button.tsx';
import { ProblemNotice } from './problem-notice.tsx';

/** The part of a query that matters here. */
export interface Retryable {
  error: unknown;
  isFetching: boolean;
  refetch: () => Promise<unknown>;
}

/** Shows why a query failed and offers to repeat it; nothing while it is well. */
export function RetryNotice({ query, className = '' }: { query: Retryable; className?: string }) {
  const problem = problemOf(query.error);
  return (
    <div className={problem === undefined ? '' : className}>
      <ProblemNotice problem={problem} />
      {problem !== undefined && (
        <Button className="mt-3" disabled={query.isFetching} onClick={() => void query.refetch()}>
          <RefreshCw aria-hidden size={15} />
          {texts.shell.retry}
        </Button>
      )}
    </div>
  );
}
