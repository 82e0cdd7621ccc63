// Decides that the account pages are loaded only by those who open them.
import { lazyWithQueries } from '../../lazy-with-queries.ts';

/** See `account-page.tsx`. */
export const AccountPage = lazyWithQueries(async () => (await import('./account-page.tsx')).AccountPage);
