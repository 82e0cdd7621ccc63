// Decides how the ways in are counted, so that operators see when nobody comes in by an old one any more.

/** How a request says who makes it. */
export const AUTHENTICATION_METHODS = ['bearer', 'api_key', 'cookie'] as const;
/** See {@link AUTHENTICATION_METHODS}. */
export type AuthenticationMethodName = (typeof AUTHENTICATION_METHODS)[number];

/** What became of it. */
export const AUTHENTICATION_OUTCOMES = ['accepted', 'refused', 'csrf', 'limited', 'unavailable', 'ended'] as const;
/** See {@link AUTHENTICATION_OUTCOMES}. */
export type AuthenticationOutcome = (typeof AUTHENTICATION_OUTCOMES)[number];

/** Counts requests by method and outcome. */
export interface AuthenticationCounts {
  count(method: AuthenticationMethodName, outcome: AuthenticationOutcome): void;
  /** The counters in the text form of Prometheus, with a final newline. */
  text(): string;
}

const NAME = 'parley_api_authentications_total';

/** Makes the counters, all at zero. */
export function createAuthenticationCounts(): AuthenticationCounts {
  const counts = new Map<string, number>();
  const keyOf = (method: AuthenticationMethodName, outcome: AuthenticationOutcome): string =>
    `${NAME}{method="${method}",outcome="${outcome}"}`;
  for (const method of AUTHENTICATION_METHODS)
    for (const outcome of AUTHENTICATION_OUTCOMES) counts.set(keyOf(method, outcome), 0);
  return {
    count(method, outcome) {
      const key = keyOf(method, outcome);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    },
    text() {
      const lines = [...counts].map(([key, value]) => `${key} ${value}`);
      const help = `# HELP ${NAME} Requests of the API that said who makes them, by how they said it and what became of it.`;
      return [help, `# TYPE ${NAME} counter`, ...lines, ''].join('\n');
    },
  };
}
