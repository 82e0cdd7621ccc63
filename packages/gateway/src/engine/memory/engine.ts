// Decides what the engine of a server that is one process is made of.
import { createSingleNode } from '../nodes.ts';
import type { OpenEngine } from '../engine.ts';
import { createMemoryBroker } from './broker.ts';
import { createMemoryMapBroker } from './map-broker.ts';
import { createMemoryPresenceStore } from './presence-store.ts';

/** Everything in the memory of this process; it ends with it. */
export const openMemoryEngine: OpenEngine = ({ clock, random, nodeId, events, handlers }) => {
  const broker = createMemoryBroker({ clock, random, events });
  const mapBroker = createMemoryMapBroker({ clock, random, events });
  return {
    broker,
    mapBroker,
    presence: createMemoryPresenceStore(),
    nodes: createSingleNode(nodeId, handlers),
    stop() {
      broker.stop();
      mapBroker.stop();
    },
  };
};
