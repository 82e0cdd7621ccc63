// Holds the ports that the rooms of the api ask for; interfaces only.
import type { Role } from '@parley/contract';
import type { ServerApi } from '@parley/protocol';
import type { AccessClaims, ConnectionClaims, SecretKeys, SubscriptionClaims } from '@parley/tokens';
import type { Logger } from 'pino';
import type { Audit } from './audit/ports.ts';
import type { ApiConfig } from './config.ts';
import type { Database } from './db/database.ts';
import type { Mailer } from './mail/ports.ts';

/** Time as an argument: Unix milliseconds. */
export interface Clock {
  now(): number;
}

/** Who makes a request, as the access token says. */
export interface Actor {
  userId: string;
  name: string;
  role: Role;
  sessionId: string;
  /** What a program's key narrows the role to; null for a person, who has all rights of the role. */
  scopes: readonly string[] | null;
  /** The user's epoch (`uv`) that the token was signed under. */
  epoch: number;
}

/** Signs one kind of token; `iss`, `aud`, `iat`, `exp` and `jti` are the signer's own. */
export interface Issue<Claims> {
  (claims: Omit<Claims, 'iss' | 'aud' | 'iat' | 'exp' | 'jti'>, lifeSeconds: number): string;
}

/** Signs the three kinds of token. */
export interface TokenIssuer {
  access: Issue<AccessClaims>;
  connection: Issue<ConnectionClaims>;
  subscription: Issue<SubscriptionClaims>;
}

/** Verifies an access token; a refusal says why, for the log only. */
export interface AccessVerifier {
  (token: string): { ok: true; claims: AccessClaims } | { ok: false; problem: string };
}

/**
 * The rights that ended before the tokens that rest on them. Look-ups are synchronous and in memory; the list is
 * rebuilt from the database before the server says that it is ready.
 */
export interface Revocations {
  /**
   * Whether a token with these claims is dead. A missing claim is not looked at; `exp` (Unix s) tells, after the clock was
   * set back, a token that had expired already.
   */
  isRevoked(claims: { sub: string; sid?: string; jti?: string; mid?: string; uv?: number; exp?: number }): boolean;
  /** Takes effect on this node at once; call it after the commit that recorded it. `expiresAt` in Unix ms. */
  add(subject: `sid:${string}` | `jti:${string}` | `mid:${string}`, expiresAt: number): void;
  /** From now on only tokens with `uv` of at least `epoch` are good for this user. */
  raiseEpoch(userId: string, epoch: number): void;
}

/** What every route and verb may ask for; each takes the narrowest part that it uses. */
export interface ApiContext {
  config: ApiConfig;
  clock: Clock;
  log: Logger;
  database: Database;
  issuer: TokenIssuer;
  verifyAccess: AccessVerifier;
  revocations: Revocations;
  secretKeys: SecretKeys;
  audit: Audit;
  mailer: Mailer;
  /** The gateway, in this process or elsewhere. */
  serverApi: ServerApi;
  /** Tells the outbox relay that there is something to publish. Cheap; call it after the commit. */
  wakeRelay(): void;
}
