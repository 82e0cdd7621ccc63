// Decides what each kind of token claims, and under which kind, audience and media type it travels.

/** The kinds of token that Parley signs. Each has its own ring of keys, audience and `typ`. */
export type TokenKind = 'access' | 'connection' | 'subscription';

/** Claims that every token carries. Times are Unix seconds; `jti` is unique. */
export interface CommonClaims {
  iss: string;
  aud: string;
  sub: string;
  jti: string;
  iat: number;
  exp: number;
}

/**
 * An access token, for the API (`typ` at+jwt). `sid` is the session (refresh family), `uv` the user's epoch: a token
 * whose `uv` is below the user's present one is dead. `scope` is separated by spaces (RFC 9068). `name` is what others
 * see, at most 80 UTF-16 code units, so that a request needs no look-up to be signed with it.
 */
export interface AccessClaims extends CommonClaims {
  sid: string;
  uv: number;
  role: string;
  scope: string;
  client_id: string;
  name?: string;
}

/**
 * A connection token, for the gateway (`typ` conn+jwt). `expire_at` ends the connection, while `exp` only ends the
 * token. `channels` are subscribed by the server. `info` is shown to others in presence, `meta` stays on the server.
 * `room` is the room of clients without an SDK, at `/ws`.
 */
export interface ConnectionClaims extends CommonClaims {
  expire_at: number;
  info?: { name: string };
  channels?: string[];
  room?: string;
  meta?: { sid: string; uv: number };
}

/**
 * A subscription token, for one channel and one user (`typ` sub+jwt). `mid` names the right that it rests on (a
 * membership): when that right ends, tokens that rest on it are dead.
 */
export interface SubscriptionClaims extends CommonClaims {
  channel: string;
  expire_at: number;
  info?: { name: string };
  sid: string;
  uv: number;
  mid: string;
}

/** The claims of each kind. */
export interface ClaimsOf {
  access: AccessClaims;
  connection: ConnectionClaims;
  subscription: SubscriptionClaims;
}
