// Decides that the pages in front of the door are loaded only by those who stand there.
import { lazy } from 'react';

/** See `setup-page.tsx`. */
export const SetupPage = lazy(() => import('./setup-page.tsx').then((file) => ({ default: file.SetupPage })));
/** See `join-page.tsx`. */
export const JoinPage = lazy(() => import('./join-page.tsx').then((file) => ({ default: file.JoinPage })));
/** See `sign-in-page.tsx`. */
export const SignInPage = lazy(() => import('./sign-in-page.tsx').then((file) => ({ default: file.SignInPage })));
/** See `register-page.tsx`. */
export const RegisterPage = lazy(() => import('./register-page.tsx').then((file) => ({ default: file.RegisterPage })));
