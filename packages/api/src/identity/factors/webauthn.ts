// Decides when the library of WebAuthn is loaded: with the first ceremony, for it takes 30 MB and most servers see none at first.
import type * as WebAuthn from '@simplewebauthn/server';

/** The library; loaded once. */
export function loadWebAuthn(): Promise<typeof WebAuthn> {
  return import('@simplewebauthn/server');
}
