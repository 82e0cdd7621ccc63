// Decides how the list of all people on the server is loaded.
import { unwrap } from '@parley/client';
import { useInfiniteQuery } from '@tanstack/react-query';
import { PAGE_SIZE, useApi } from '../../use-api.ts';

/** All people on the server, page by page; `people` is undefined until the first page is there. */
export function useDirectory() {
  const api = useApi();
  const pages = useInfiniteQuery({
    queryKey: ['users'],
    queryFn: async ({ pageParam, signal }) =>
      unwrap(await api.users({ limit: PAGE_SIZE, after: pageParam }, { signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.page.next ?? undefined,
  });
  return { pages, people: pages.data?.pages.flatMap((page) => page.data) };
}
