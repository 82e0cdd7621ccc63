// Holds what every call of the API may be told: how it ends early, which page of a list it wants.

/** How a call may be ended early. */
export interface CallOptions {
  signal?: AbortSignal | undefined;
}

/** Which page of a list; cursors come from an earlier page. */
export interface PageQuery {
  limit?: number | undefined;
  after?: string | undefined;
}
