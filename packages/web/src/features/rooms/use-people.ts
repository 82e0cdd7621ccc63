// Decides how the lists of members and of all people are loaded, and when they are loaded again.
import { unwrap } from '@parley/client';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { PAGE_SIZE, useApi } from '../../use-api.ts';

/** The members of a room, page by page; `reload` after a change. */
export function useMembers(roomId: string) {
  const api = useApi();
  const queries = useQueryClient();
  const pages = useInfiniteQuery({
    queryKey: ['members', roomId],
    queryFn: async ({ pageParam, signal }) => unwrap(await api.members(roomId, { limit: PAGE_SIZE, after: pageParam }, { signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.page.next ?? undefined,
  });
  const reload = useCallback(() => {
    void queries.invalidateQueries({ queryKey: ['members', roomId] });
  }, [queries, roomId]);
  return { pages, members: pages.data?.pages.flatMap((page) => page.data), reload };
}

/** All people on the server, page by page. */
export function useDirectory() {
  const api = useApi();
  const pages = useInfiniteQuery({
    queryKey: ['users'],
    queryFn: async ({ pageParam, signal }) => unwrap(await api.users({ limit: PAGE_SIZE, after: pageParam }, { signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.page.next ?? undefined,
  });
  return { pages, people: pages.data?.pages.flatMap((page) => page.data) };
}
