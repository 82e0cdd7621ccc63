// Decides the codes that end a connection, their reasons, and whether the client comes back after them.

/** Why a connection ends. `reason` fits a close frame (at most 123 bytes). */
export interface Disconnect {
  readonly code: number;
  readonly reason: string;
}

/** Every disconnect that the server decides by itself, by name. */
export const disconnects = {
  connectionClosed: { code: 3000, reason: 'connection closed' },
  shutdown: { code: 3001, reason: 'shutdown' },
  internal: { code: 3004, reason: 'internal server error' },
  expired: { code: 3005, reason: 'connection expired' },
  subscriptionExpired: { code: 3006, reason: 'subscription expired' },
  slow: { code: 3008, reason: 'slow' },
  writeError: { code: 3009, reason: 'write error' },
  insufficientState: { code: 3010, reason: 'insufficient state' },
  forceReconnect: { code: 3011, reason: 'force reconnect' },
  noPong: { code: 3012, reason: 'no pong' },
  tooManyRequests: { code: 3013, reason: 'too many requests' },
  stateInvalidated: { code: 3014, reason: 'state invalidated' },
  invalidToken: { code: 3500, reason: 'invalid token' },
  badRequest: { code: 3501, reason: 'bad request' },
  stale: { code: 3502, reason: 'stale' },
  forceDisconnect: { code: 3503, reason: 'force disconnect' },
  connectionLimit: { code: 3504, reason: 'connection limit' },
  channelLimit: { code: 3505, reason: 'channel limit' },
  inappropriateProtocol: { code: 3506, reason: 'inappropriate protocol' },
  permissionDenied: { code: 3507, reason: 'permission denied' },
  notAvailable: { code: 3508, reason: 'not available' },
  tooManyErrors: { code: 3509, reason: 'too many errors' },
} as const satisfies Record<string, Disconnect>;

/** The longest close reason, in UTF-8 bytes (RFC 6455: 125 bytes less the code). */
export const maxReasonBytes = 123;

/**
 * Whether a client reconnects by itself after this code. Codes of applications: 4000–4499 come back, 4500–4999 do not.
 */
export function reconnects(code: number): boolean {
  return !((code >= 3500 && code < 4000) || (code >= 4500 && code < 5000));
}

/** Whether messages that wait are still written before a connection closes with this code. */
export function flushesBefore(code: number): boolean {
  return code !== disconnects.connectionClosed.code && code !== disconnects.slow.code;
}
