// Decides that the administrators' pages are loaded only by those who open them.
import { lazyWithQueries } from '../../lazy-with-queries.ts';

/** See `admin-page.tsx`. */
export const AdminPage = lazyWithQueries(async () => (await import('./admin-page.tsx')).AdminPage);
