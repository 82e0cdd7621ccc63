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
/** See `forgot-page.tsx`. */
export const ForgotPage = lazyWithQueries(async () => (await import('./forgot-page.tsx')).ForgotPage);
/** See `reset-page.tsx`. */
export const ResetPage = lazyWithQueries(async () => (await import('./reset-page.tsx')).ResetPage);
/** See `link-page.tsx`. */
export const ConfirmPage = lazyWithQueries(async () => (await import('./link-page.tsx')).ConfirmPage);
/** See `link-page.tsx`. */
export const NotMePage = lazyWithQueries(async () => (await import('./link-page.tsx')).NotMePage);
