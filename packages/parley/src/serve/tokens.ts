// Decides which keys, lives and issuer stand behind each kind of token that this server signs and verifies.
import { algorithmNames, createProfile, createSigner, createVerifier } from '@parley/tokens';
import type { ClaimsOf, Clock, GivenClaims, Keyrings, Profile, TokenKind, Verified } from '@parley/tokens';

/** Signs and verifies one kind of token. */
export interface TokenPair<K extends TokenKind> {
  sign: (claims: GivenClaims<K>, lifeSeconds: number) => string;
  verify: (token: string) => Verified<ClaimsOf[K]>;
}

/** The three kinds of a server. */
export type ServerTokens = { readonly [K in TokenKind]: TokenPair<K> };

/** What the tokens of a server rest on; `issuer` is the public URL. */
export interface TokenSettings {
  issuer: string;
  rings: Keyrings;
  accessTokenLife: number;
}

/** How long a connection or subscription token may live, in seconds: long enough for a token pasted into a first try. */
export const MAX_REALTIME_TOKEN_LIFE = 86_400;

/** Makes signers and verifiers of all kinds. */
export function createServerTokens(settings: TokenSettings, clock: Clock): ServerTokens {
  const pairOf = <K extends TokenKind>(kind: K, maxLifeSeconds: number): TokenPair<K> => {
    const profile = profileOf(kind, maxLifeSeconds, settings);
    return { sign: createSigner(profile, clock), verify: createVerifier(profile, clock) };
  };
  return {
    access: pairOf('access', settings.accessTokenLife),
    connection: pairOf('connection', MAX_REALTIME_TOKEN_LIFE),
    subscription: pairOf('subscription', MAX_REALTIME_TOKEN_LIFE),
  };
}

function profileOf<K extends TokenKind>(kind: K, maxLifeSeconds: number, settings: TokenSettings): Profile<K> {
  const ring = settings.rings[kind];
  // Which of them pass is a matter of the keys: each has one, and a rotation may bring another.
  return createProfile({ kind, issuer: settings.issuer, algorithms: algorithmNames, ring, maxLifeSeconds });
}
