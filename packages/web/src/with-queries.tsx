// Decides how long answers to queries are kept: as long as the page or dialog that asked, so never for somebody else.
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { useState } from 'react';
import type { ReactNode } from 'react';

/** Gives its children a query cache of their own. Loaded with what needs it, not with the first page. */
export function WithQueries({ children }: { children: ReactNode }) {
  const [queries] = useState(
    () => new QueryClient({ defaultOptions: { queries: { retry: false, refetchOnWindowFocus: false } } }),
  );
  return <QueryClientProvider client={queries}>{children}</QueryClientProvider>;
}
