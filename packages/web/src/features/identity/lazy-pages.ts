// Decides that the pages in front of the door are loaded only by those who stand there.
import { lazyWithQueries } from '../../lazy-with-queries.ts';

/** See `setup-page.tsx`. */
export const SetupPage = lazyWithQueries(async () => (await import('./setup-page.tsx')).SetupPage);
/** See `join-page.tsx`. */
export const JoinPage = lazyWithQueries(async () => (await import('./join-page.tsx')).JoinPage);
/** See `sign-in-page.tsx`. */
export const SignInPage = lazyWithQueries(async () => (await import('./sign-in-page.tsx')).SignInPage);
/** See `register-page.tsx`. */
export const RegisterPage = lazyWithQueries(async () => (await import('./register-page.tsx')).RegisterPage);
