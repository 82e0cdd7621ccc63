// States what a gateway's engine is made of, and what it needs to run.
import type { Clock, Random } from '../clock.ts';
import type { Broker, BrokerEvents } from './broker.ts';
import type { MapBroker } from './map-broker.ts';
import type { NodeHandlers, Nodes } from './nodes.ts';
import type { Revocations } from '../revocations/store.ts';
import type { Audience, AudienceChange } from './audience.ts';
import type { PresenceStore } from './presence-store.ts';

/** What is behind a gateway: what all nodes of a server have in common, and the way from one to another. */
export interface Engine {
  /** Resolves when nothing is missing any more that was known before this node came; until then nobody may be let in. */
  readonly ready: Promise<void>;
  readonly broker: Broker;
  readonly mapBroker: MapBroker;
  readonly presence: PresenceStore;
  readonly nodes: Nodes;
  readonly revocations: Revocations;
  readonly audience: Audience;
  /** Ends timers and connections of the engine. */
  stop(): void;
}

/** What an engine is given by the gateway that uses it. */
export interface EngineNeeds {
  readonly clock: Clock;
  readonly random: Random;
  readonly nodeId: string;
  /** Where it hands over what arrives. */
  readonly events: BrokerEvents;
  /** Told to one node only; before `begin` nothing. */
  readonly onAudience: (change: AudienceChange) => void;
  /** What this node does when others ask. */
  readonly handlers: NodeHandlers;
}

/** Opens an engine for one gateway. */
export type OpenEngine = (needs: EngineNeeds) => Engine;
