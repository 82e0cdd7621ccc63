// Holds what the steps of a client on its way into a map have in common.
import type { SubscribeRequest, SubscribeResult } from '@parley/protocol';
import type { MapSettings } from '../config/map-settings.ts';
import type { CatchUp } from '../session/catch-up.ts';
import type { Subscription } from '../session/subscription.ts';
import type { Refusal } from './refusal.ts';

/** What a client asks for in one step. `limit`: entries or changes of a page, as the channel allows it. */
export type MapStep = Pick<SubscribeRequest, 'phase' | 'cursor' | 'limit' | 'position' | 'recover'>;

/** A step with what it is about. */
export interface MapStepInput {
  readonly catchUp: CatchUp;
  readonly map: MapSettings;
  readonly step: MapStep;
}

/** The answer to one step; `live` once the client is in: it has to be started when the reply is queued. */
export type MapStepped =
  | { readonly ok: true; readonly result: SubscribeResult; readonly live?: Subscription }
  | Refusal;
