// Decides the codes with which the server ends a subscription, and whether the client subscribes again after them.

/** Why the server ended a subscription, as the unsubscribe push carries it. */
export interface Unsubscribe {
  readonly code: number;
  readonly reason: string;
}

/** Every unsubscribe that the server pushes, by name. */
export const unsubscribes = {
  server: { code: 2000, reason: 'server unsubscribe' },
  insufficientState: { code: 2500, reason: 'insufficient state' },
  expired: { code: 2501, reason: 'subscription expired' },
  stateInvalidated: { code: 2502, reason: 'state invalidated' },
} as const satisfies Record<string, Unsubscribe>;

/** Whether a client subscribes again by itself after an unsubscribe push with this code. */
export function resubscribes(code: number): boolean {
  return code >= 2500;
}
