// Decides what the host of a shared engine and its guests say to each other.
import type { WireClientInfo } from '@parley/protocol';
import type { Arrived } from '../../hub/delivery.ts';
import type { Broker } from '../broker.ts';
import type { MapBroker } from '../map-broker.ts';
import type { Revocation } from '../../revocations/revocation.ts';
import type { Revocations } from '../../revocations/store.ts';
import type { AudienceChange } from '../audience.ts';
import type { NodeCall } from '../nodes.ts';
import type { PresenceStore } from '../presence-store.ts';

/** The parts of the engine that a guest reaches through the host. */
export interface SharedParts {
  readonly broker: Broker;
  readonly mapBroker: MapBroker;
  readonly presence: PresenceStore;
  readonly revocations: Pick<Revocations, 'add'>;
}

/** Which methods of which part there are; the host calls no others. */
export const sharedMethods = {
  broker: ['subscribe', 'unsubscribe', 'publish', 'publishJoin', 'publishLeave', 'history', 'removeHistory'],
  mapBroker: ['subscribe', 'unsubscribe', 'publish', 'remove', 'readState', 'readStream', 'count', 'clear'],
  presence: ['add', 'remove', 'get', 'count'],
  revocations: ['add'],
} as const satisfies { [P in keyof SharedParts]: readonly (keyof SharedParts[P])[] };

/** A question to all nodes, or to one. */
export interface Question {
  readonly id: number;
  /** Undefined: all. */
  readonly nodeId: string | undefined;
  readonly call: NodeCall;
  readonly params: unknown;
}

/** An outcome as it travels; errors keep their text only. */
export type Outcome = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: string };

/** What a guest says. `call` and `question` ids are the guest's, those of `answer` the host's. */
export type FromGuest =
  | { readonly kind: 'hello'; readonly nodeId: string }
  | {
      readonly kind: 'call';
      readonly id: number;
      readonly part: keyof SharedParts;
      readonly method: string;
      readonly args: readonly unknown[];
    }
  | ({ readonly kind: 'question' } & Question)
  /** The first live subscription of a channel in this process, or the end of the last. */
  | { readonly kind: 'audience'; readonly change: Exclude<AudienceChange, { name: 'begin' }> }
  | { readonly kind: 'alive' }
  | { readonly kind: 'answer'; readonly id: number; readonly outcome: Outcome };

/**
 * What the host says. `publishedAt` in Unix milliseconds. `ready`: all revocations that it had were sent. `alive?` wants a sign of life.
 */
export type FromHost =
  | { readonly kind: 'outcome'; readonly id: number; readonly outcome: Outcome }
  | { readonly kind: 'ask'; readonly id: number; readonly call: NodeCall; readonly params: unknown }
  | {
      readonly kind: 'publication';
      readonly channel: string;
      readonly arrived: Omit<Arrived, 'lagMs'>;
      readonly publishedAt: number;
    }
  | { readonly kind: 'revoked'; readonly revocations: readonly Revocation[] }
  | { readonly kind: 'ready' | 'alive?' }
  | { readonly kind: 'audience'; readonly change: AudienceChange }
  | { readonly kind: 'join' | 'leave'; readonly channel: string; readonly info: WireClientInfo };

/** The outcome of some work. */
export async function outcomeOf(work: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}
