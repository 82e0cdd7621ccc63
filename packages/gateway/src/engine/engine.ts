// States what a gateway's engine is made of, and what it needs to run.
import type { Clock, Random } from '../clock.ts';
import type { Broker, BrokerEvents } from './broker.ts';
import type { MapBroker } from './map-broker.ts';
import type { NodeHandlers, Nodes } from './nodes.ts';
import type { PresenceStore } from './presence-store.ts';

/** What is behind a gateway: streams, maps, presence and the other nodes. */
export interface Engine {
  readonly broker: Broker;
  readonly mapBroker: MapBroker;
  readonly presence: PresenceStore;
  readonly nodes: Nodes;
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
  /** What this node does when others ask. */
  readonly handlers: NodeHandlers;
}

/** Opens an engine for one gateway. */
export type OpenEngine = (needs: EngineNeeds) => Engine;
