// Decides how the pages in front of the door learn what this server allows.
import { unwrap } from '@parley/client';
import type { PublicConfig } from '@parley/contract';
import { useQuery } from '@tanstack/react-query';
import { useApi } from '../../use-api.ts';

/** The server's public configuration; `data` is undefined until it is known. */
export function useConfig() {
  const api = useApi();
  return useQuery<PublicConfig>({
    queryKey: ['config'],
    queryFn: async ({ signal }) => unwrap(await api.config({ signal })),
  });
}
