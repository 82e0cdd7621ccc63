// Decides what the account pages ask for, and what is asked again after a change.
import { unwrap } from '@parley/client';
import type { Outcome } from '@parley/client';
import type { ApiKeyList, Factors, SessionList } from '@parley/contract';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { UseQueryResult } from '@tanstack/react-query';
import { useApi } from '../../use-api.ts';

/** What a page of the account shows, by its name in the cache. */
export type AccountPart = 'factors' | 'sessions' | 'api-keys';

function useAccountPart<T>(
  part: AccountPart,
  load: (signal: AbortSignal) => Promise<Outcome<T>>,
): UseQueryResult<T, Error> {
  return useQuery<T>({ queryKey: ['account', part], queryFn: async ({ signal }) => unwrap(await load(signal)) });
}

/** Everything that the person can prove themselves with. */
export function useFactors(): UseQueryResult<Factors, Error> {
  const { account } = useApi();
  return useAccountPart('factors', (signal) => account.factors({ signal }));
}

/** The devices that are signed in. */
export function useSessions(): UseQueryResult<SessionList, Error> {
  const { account } = useApi();
  return useAccountPart('sessions', (signal) => account.sessions({ signal }));
}

/** The keys that still work. */
export function useApiKeys(): UseQueryResult<ApiKeyList, Error> {
  const { account } = useApi();
  return useAccountPart('api-keys', (signal) => account.apiKeys({ signal }));
}

/** Asks for a part again; resolves when the new state is there. */
export function useReload(): (part: AccountPart) => Promise<void> {
  const queries = useQueryClient();
  return (part) => queries.invalidateQueries({ queryKey: ['account', part] });
}
