// Holds every bound of the gateway that is not an option; options have their own bounds in config.ts.

const mebibyte = 1024 * 1024;

/** Bounds, and in the comments what happens when they are reached. Sizes in bytes, times in milliseconds. */
export const limits = {
  /** Frames of a connection that wait for the command in hand; above it the socket is not read until they are done. */
  maxWaitingFrameBytes: 128 * 1024,
  /** Commands of one connection in one go; then other connections have their turn. */
  maxCommandsPerTurn: 64,
  /** Replies are joined to frames up to this size (some clients refuse frames above 1 MiB); then another frame begins. */
  maxJoinedFrameBytes: 256 * 1024,
  /** Streams in memory; one more makes the oldest end: its subscribers recover nothing and are told so. */
  maxStreams: 1_000_000,
  /** Keys of one map, and of all maps in memory; one more is refused. As many maps as keys; one more makes the oldest empty one end. */
  maxKeysOfMap: 100_000,
  maxMapKeys: 1_000_000,
  /** The longest name of a map's key; a longer one is refused with error 107. */
  maxMapKeyBytes: 1_024,
  /** Payloads that are compared for the patches of one reply; what comes after them is sent whole. */
  maxPatchedListBytes: 512 * 1024,
  /** Nodes of a filter on tags, and values in its lists: all are kept, and asked for each publication. A larger one is refused with 107. */
  maxFilterNodes: 500,
  maxFilterValues: 5_000,
  /** Results of idempotent publishes in memory; one more makes the oldest end. */
  maxIdempotencyKeys: 200_000,
  idempotencyTtlMs: 5 * 60_000,
  /** The longest `ttl` that clients are told. */
  maxTtlSeconds: 365 * 24 * 3600,
  /** Upgrades carried out in one turn of the event loop; others wait for the next turns. */
  maxUpgradesPerTurn: 16,
  /** Upgrades that wait for their turn; more are answered 503. */
  maxWaitingUpgrades: 20_000,
  /** How long a closing socket may take until it is cut. */
  closeTimeoutMs: 5_000,
  /** Fragments of one WebSocket message; one more ends the connection with 1008. */
  maxMessageFragments: 1_024,
  /** The body of a request may come in so many pieces of any size, and in more if they have this many bytes on average; else it is cut off. */
  maxSmallBodyPieces: 2_048,
  minBodyPieceBytes: 256,
  /** How long a peer whose upgrade was refused has to read why and end its side; then it is cut off. */
  refusalLingerMs: 1_000,
  /** How often writes that the network has not taken are looked at; a write may take at most this much longer than allowed. */
  writeCheckMs: 100,
  /** Connections that are sent away at once at shutdown; more are spread over time, so that they do not come back in one instant. */
  disconnectsPerBurst: 250,
  burstIntervalMs: 50,
  /** After how long without a byte a streaming response asks whether its client is still there (TCP keep-alive). */
  streamProbeMs: 15_000,
  /** Calls in one `batch`, and lines in one legacy request; more are refused with error 107. */
  maxBatchCommands: 1_000,
  /** Channels in one `broadcast`; more are refused with error 107. */
  maxBroadcastChannels: 10_000,
  /** Wheel resolution of connection timers; they fire at most this much late. */
  timerResolutionMs: 200,
  /** Wheel resolution of stream expiry, which the reader checks exactly. */
  expiryResolutionMs: 1_000,
  /** Sets of labels of one metric; more are counted together as `other`. */
  maxMetricSeries: 1_000,
  /** Versions of client libraries that metrics tell apart; more are `other`. */
  maxClientVersions: 100,
  /** Connections in one page of the server API by default, at most, and at most with their channels; larger wishes are cut. */
  connectionsPage: 100,
  maxConnectionsPage: 1_000,
  maxDetailedConnectionsPage: 100,
  /** Revocations in memory; one more is refused with error 106. */
  maxRevocations: 100_000,
  /** Revocations that one turn of the event loop sends to a process that starts. */
  revocationsPerTurn: 2_000,
  /** What may wait for another process of this server; above it that process is taken for dead. */
  maxLinkBytes: 256 * mebibyte,
  /** How often the engine looks whether the processes that use it are alive, and how often in a row one may give no sign. */
  pulseMs: 1_000,
  maxMissedPulses: 10,
  /** Connections that one turn of the event loop ends or looks at when tokens are revoked. */
  maxSessionsPerTurn: 2_000,
  /** How long to wait before a backend that did not take events is asked again for the first time; then twice as long each time. */
  minHookRetryMs: 200,
  /** How long events may be delivered after the last connection is gone; what is left then is counted and logged. */
  hookCloseMs: 5_000,
  /** Users whose commands are counted; one more makes the oldest begin anew. */
  maxRateLimitedUsers: 100_000,
  /** Sockets to one proxy of the backend; more calls wait for a free one, as long as their time lasts. */
  maxBackendSockets: 512,
  /** Calls to one proxy that run or wait for a socket; more fail at once. */
  maxBackendCalls: 20_000,
  /** After this time a socket that no call uses is closed. */
  backendIdleMs: 4_000,
  /** An answer of the backend; a larger one counts as none. */
  maxBackendAnswerBytes: 4 * mebibyte,
  /** How much longer a connection or subscription lives when the backend cannot be asked at its end. */
  backendGraceMs: 60_000,
  /** How long an unsubscribe may wait for the commands before it in its channel; then the connection ends with 3004. */
  unsubscribeWaitMs: 5_000,
  defaultApiBodyBytes: mebibyte,
} as const;
