// Decides what the host of a shared engine and its guests say to each other.
import type { WireClientInfo } from '@parley/protocol';
import type { Arrived } from '../../hub/delivery.ts';
import type { Broker } from '../broker.ts';
import type { MapBroker } from '../map-broker.ts';
import type { NodeCall } from '../nodes.ts';
import type { PresenceStore } from '../presence-store.ts';

/** The parts of the engine that a guest reaches through the host. */
export interface SharedParts {
  readonly broker: Broker;
  readonly mapBroker: MapBroker;
  readonly presence: PresenceStore;
}

/** Which methods of which part there are; the host calls no others. */
export const sharedMethods = {
  broker: ['subscribe', 'unsubscribe', 'publish', 'publishJoin', 'publishLeave', 'history', 'removeHistory'],
  mapBroker: ['subscribe', 'unsubscribe', 'publish', 'remove', 'readState', 'readStream', 'count', 'clear'],
  presence: ['add', 'remove', 'get', 'count'],
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
  | { readonly kind: 'answer'; readonly id: number; readonly outcome: Outcome };

/** What the host says. `publishedAt` in Unix milliseconds. */
export type FromHost =
  | { readonly kind: 'outcome'; readonly id: number; readonly outcome: Outcome }
  | { readonly kind: 'ask'; readonly id: number; readonly call: NodeCall; readonly params: unknown }
  | {
      readonly kind: 'publication';
      readonly channel: string;
      readonly arrived: Omit<Arrived, 'lagMs'>;
      readonly publishedAt: number;
    }
  | { readonly kind: 'join' | 'leave'; readonly channel: string; readonly info: WireClientInfo };

/** The outcome of some work. */
export async function outcomeOf(work: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}
