// Decides every bound of the api's server: sizes, counts, times and rates stand in this one record.

/** One rate: `points` requests in `windowSeconds`, `burst` of them at once (as many as `points` if not given). */
export interface Rate {
  points: number;
  windowSeconds: number;
  burst?: number;
}

/** Bounds of the api. Sizes are bytes, times say their unit. */
export const LIMITS = {
  /** A request body, unless its route says less. */
  bodyBytes: 64 * 1024,
  /** A body of an identity route. */
  authBodyBytes: 8 * 1024,
  /** A path parameter, in characters. */
  pathParameterLength: 100,
  /** An `Authorization` header; a longer one is refused undecoded. */
  authorizationBytes: 4_096 + 7,
  /** User text in a log line, in characters; the rest is cut off. */
  loggedTextLength: 256,
  /** How long one check of readiness may take. */
  readinessCheckMs: 2_000,
  /** For how long an answer about readiness is repeated without asking again. */
  readinessCacheMs: 1_000,
  /** Keys that one rate limit remembers at once; beyond it the one that came first is forgotten. */
  rateLimitKeys: 50_000,
  /** Keys that nodes remember together; beyond it those whose allowance is full again first are forgotten. */
  sharedRateKeys: 1_000_000,
  idempotency: {
    /** An `Idempotency-Key`, in characters. */
    keyLength: 255,
    /** How long an answer is kept. */
    keepMs: 24 * 3_600_000,
    /** After this a request without an answer counts as dead (its process was killed) and may be run again. */
    abandonedMs: 60_000,
    /** How often old answers are swept out, at most. */
    sweepMs: 60_000,
  },
  password: {
    maxCodePoints: 256,
    maxBytes: 1_024,
    /** Password computations that may wait, for each one that may run. */
    queuePerSlot: 4,
    queueWaitMs: 2_000,
    /** Costs above these are not honoured when read from a stored hash: KiB, passes, lanes. */
    storedMemoryCost: 1_048_576,
    storedTimeCost: 10,
    storedParallelism: 16,
  },
  identifierBytes: 254,
  lockout: {
    /** Failures of one source at one name that cost nothing; each further one doubles the wait. */
    freeFailures: 5,
    firstWaitMs: 1_000,
    longestWaitMs: 15 * 60_000,
    /** A source's failures at a name are forgotten after this long without a try. */
    forgetMs: 24 * 3_600_000,
    /** Pairs of source and name that are remembered at once. */
    pairs: 50_000,
    /** Consecutive failures at which password sign-in ends (NIST 800-63B), for a name and for a device. */
    hardStop: 100,
    /** Names with failures that are kept; beyond it those whose last failure is oldest are forgotten. */
    names: 100_000,
    /** A name without a hard stop is forgotten after this long without a failure. */
    namesMs: 30 * 24 * 3_600_000,
    /** The owner gets at most one mail about tries in this time. */
    mailMs: 24 * 3_600_000,
  },
  challenge: {
    /** How long a proof of work may take. */
    lifeMs: 5 * 60_000,
    /** Zero bits of each part, and parts: 2^(bits) × parts hashes on average, a second or two in a browser. */
    bits: 17,
    parts: 8,
  },
  /** How long a device that nobody signs in from stays known. Browsers cut cookies at 400 days. */
  deviceLifeSeconds: 400 * 86_400,
  /** Active sessions of one person; the oldest ends when one more begins. */
  sessionsPerUser: 50,
  /** How often one rotated refresh token may be answered again with the same successor. */
  refreshReplays: 10,
  /** How long a proof of who one is lasts for delicate things. */
  reauthenticateMs: 15 * 60_000,
  /** Links that a mail carries: how long they are good, and how long an ended one is kept to be counted. */
  mailedLinks: {
    resetMs: 30 * 60_000,
    confirmMs: 24 * 3_600_000,
    notMeMs: 7 * 86_400_000,
    keepMs: 3_600_000,
    /** Reset links of one account in that time. */
    resets: 3,
  },
  /** Work that is done after an answer and waits for its turn; beyond it new work is dropped. */
  afterAnswerWaiting: 1_000,
  /** After this time a password that still rests on the SHA-256 of an old system is turned off: it has to be reset. */
  legacyPasswordMs: 180 * 86_400_000,
  /** How long an account waits for its address to be confirmed. */
  unconfirmedMs: 7 * 24 * 3_600_000,
  apiKeys: {
    /** Keys of one person that work at the same time. */
    perUser: 50,
    /** Keys that are kept in memory; beyond it the one that was read first is forgotten. */
    cached: 10_000,
    /** How long a key is kept in memory without being read again. */
    cacheMs: 10_000,
    /** How exactly the time of the last use is kept. */
    lastUsedMs: 60_000,
    /** How long a replaced key goes on working beside its successor. */
    overlapMs: 24 * 3_600_000,
    /** How long a key that ended is kept, so that its owner can be told what it was. */
    keepMs: 90 * 24 * 3_600_000,
  },
  /** Accounts that one list of locked people looks at: so many at once, so many times. */
  adminPage: { chunk: 200, chunks: 25 },
  sessionCookies: {
    /** How long the older system is waited for. */
    timeoutMs: 2_000,
    /** How long its answer is believed. */
    cacheMs: 30_000,
    /** Answers that are kept. */
    cached: 10_000,
    /** Questions to it at once, and how many more may wait. */
    parallel: 20,
    waiting: 200,
    /** Its answer, in bytes. */
    answerBytes: 64 * 1024,
    /** A cookie's value, in characters; a longer one is nobody's. */
    cookieLength: 4_096,
  },
  /** How long a set-up link is good. */
  setupLifeMs: 24 * 3_600_000,
  /** How often a node asks for the revocations of the others. */
  revocationPollMs: 250,
  /** A node that has heard nothing of the others' revocations for so long is not ready. */
  revocationSilenceMs: 5_000,
  factors: {
    /** How long the ticket of a right password is good, and how many tries it has. */
    ticketLifeMs: 5 * 60_000,
    ticketAttempts: 5,
    /** Wrong codes of one person in a window; beyond them none is looked at until it has passed. */
    failures: 10,
    failureWindowMs: 15 * 60_000,
    /** How long a new generator of codes waits for its first code. */
    totpSetupLifeMs: 10 * 60_000,
    recoveryCodes: 10,
    passkeysPerUser: 20,
    /** How long a browser has for a passkey ceremony. */
    ceremonyLifeMs: 5 * 60_000,
    /** The longest credential id, in characters of base64url. */
    credentialIdLength: 1_364,
  },
  providers: {
    /** How long a visit to a provider may take until the browser is back. */
    visitLifeMs: 10 * 60_000,
    /** One answer of a provider: until its last byte, and its size. */
    timeoutMs: 5_000,
    answerBytes: 256 * 1024,
    /** How long what a provider says of itself is believed, and how long one that failed is left in peace. */
    discoveryKeepMs: 3_600_000,
    failureKeepMs: 5_000,
  },
  /** Calls to the gateway after a session has ended: tries, first pause, longest pause. */
  disconnect: { attempts: 20, firstPauseMs: 100, longestPauseMs: 30_000 },
} as const;

/**
 * Rates by bucket. `by` says whose requests are counted together: those of a source address, of a person, or under a
 * key that the route chooses. `whenLost` says what happens while shared counts cannot be reached: this process counts
 * for itself (`local`), or nothing is counted (`pass`). With `isApart` each process counts for itself in any case: to
 * ask a store would cost as much as the request that it guards.
 */
export const RATES = {
  'auth-source': { by: 'source', points: 300, windowSeconds: 60, whenLost: 'local', isApart: true },
  'login-source': { by: 'source', points: 50, windowSeconds: 600, whenLost: 'local' },
  'login-identifier': { by: 'key', points: 20, windowSeconds: 3_600, whenLost: 'local' },
  'login-device': { by: 'key', points: 10, windowSeconds: 900, whenLost: 'local' },
  'challenge-spent': { by: 'key', points: 1, windowSeconds: 300, whenLost: 'local' },
  'login-noted': { by: 'key', points: 1, windowSeconds: 600, whenLost: 'local' },
  'register-source': { by: 'source', points: 20, windowSeconds: 3_600, whenLost: 'local' },
  'password-user': { by: 'user', points: 10, windowSeconds: 900, whenLost: 'local' },
  'forgot-source': { by: 'source', points: 20, windowSeconds: 600, whenLost: 'local' },
  'forgot-identifier': { by: 'key', points: 5, windowSeconds: 3_600, whenLost: 'local' },
  'mailed-link-source': { by: 'source', points: 60, windowSeconds: 600, whenLost: 'local' },
  'verification-user': { by: 'user', points: 3, windowSeconds: 3_600, whenLost: 'local' },
  'lookup-source': { by: 'source', points: 60, windowSeconds: 60, whenLost: 'local', isApart: true },
  'refresh-source': { by: 'source', points: 300, windowSeconds: 60, whenLost: 'pass', isApart: true },
  'refresh-family': { by: 'key', points: 10, windowSeconds: 60, burst: 20, whenLost: 'pass', isApart: true },
  'reauthenticate-user': { by: 'user', points: 10, windowSeconds: 300, whenLost: 'local' },
  'invitations-user': { by: 'user', points: 30, windowSeconds: 600, whenLost: 'pass' },
  'second-factor-source': { by: 'source', points: 50, windowSeconds: 600, whenLost: 'local' },
  'passkey-source': { by: 'source', points: 300, windowSeconds: 600, whenLost: 'local' },
  'provider-source': { by: 'source', points: 200, windowSeconds: 600, whenLost: 'local' },
  'factors-user': { by: 'user', points: 30, windowSeconds: 600, whenLost: 'local' },
  'messages-user': { by: 'user', points: 30, windowSeconds: 10, burst: 60, whenLost: 'pass', isApart: true },
  'typing-user': { by: 'user', points: 20, windowSeconds: 10, whenLost: 'pass', isApart: true },
  apikey: { by: 'key', points: 600, windowSeconds: 60, whenLost: 'local', isApart: true },
  'apikey-lookups': { by: 'key', points: 1_200, windowSeconds: 60, whenLost: 'local', isApart: true },
  'audit-user': { by: 'user', points: 60, windowSeconds: 60, whenLost: 'local', isApart: true },
  'idempotency-user': { by: 'user', points: 10_000, windowSeconds: 86_400, whenLost: 'pass', isApart: true },
} as const satisfies Record<
  string,
  Rate & { by: 'source' | 'user' | 'key'; whenLost: 'local' | 'pass'; isApart?: true }
>;

/** The name of a rate. */
export type RateName = keyof typeof RATES;

/** What one request of a rate takes from `auth-source`: the dearer for the server, the more. */
export const WEIGHTS: Partial<Record<RateName, number>> = {
  'login-source': 5,
  'register-source': 5,
  'lookup-source': 1,
  'refresh-source': 1,
};
