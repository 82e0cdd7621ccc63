// Decides the error codes of replies and of the server API, their texts, and which of them are worth a retry.

/** An error as a client reads it in a reply. `temporary` invites the client to try again. */
export interface ReplyError {
  readonly code: number;
  readonly message: string;
  readonly temporary?: true;
}

/** Every error that a reply may carry, by name. Codes below 2000 belong to the server. */
export const replyErrors = {
  internal: { code: 100, message: 'internal server error', temporary: true },
  unauthorized: { code: 101, message: 'unauthorized' },
  unknownChannel: { code: 102, message: 'unknown channel' },
  permissionDenied: { code: 103, message: 'permission denied' },
  methodNotFound: { code: 104, message: 'method not found' },
  alreadySubscribed: { code: 105, message: 'already subscribed' },
  limitExceeded: { code: 106, message: 'limit exceeded' },
  badRequest: { code: 107, message: 'bad request' },
  notAvailable: { code: 108, message: 'not available' },
  tokenExpired: { code: 109, message: 'token expired' },
  expired: { code: 110, message: 'expired' },
  tooManyRequests: { code: 111, message: 'too many requests', temporary: true },
  unrecoverablePosition: { code: 112, message: 'unrecoverable position' },
  concurrentPagination: { code: 113, message: 'concurrent pagination', temporary: true },
} as const satisfies Record<string, ReplyError>;

/** HTTP status of an error code in the server API's `transport` error mode; any other code is 500. */
export const apiErrorStatus: ReadonlyMap<number, number> = new Map([
  [100, 500],
  [102, 404],
  [104, 404],
  [107, 400],
  [108, 400],
  [112, 416],
  [113, 409],
]);
