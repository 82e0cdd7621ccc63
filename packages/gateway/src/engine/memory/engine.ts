// Decides what the engine of a server that is one process is made of.
import { limits } from '../../limits.ts';
import { MemoryRevocations } from '../../revocations/store.ts';
import { createSingleNode } from '../nodes.ts';
import type { OpenEngine } from '../engine.ts';
import { createMemoryBroker } from './broker.ts';
import { createMemoryMapBroker } from './map-broker.ts';
import { createMemoryPresenceStore } from './presence-store.ts';

/** Everything in the memory of this process; it ends with it. */
export const openMemoryEngine: OpenEngine = ({ clock, random, nodeId, events, onAudience, handlers }) => {
  const broker = createMemoryBroker({ clock, random, events });
  const mapBroker = createMemoryMapBroker({ clock, random, events });
  const revocations = new MemoryRevocations(limits.maxRevocations);
  onAudience({ name: 'begin' });
  return {
    ready: Promise.resolve(),
    broker,
    mapBroker,
    presence: createMemoryPresenceStore(),
    nodes: createSingleNode(nodeId, handlers),
    revocations: {
      add: (revocation) => Promise.resolve(revocations.add(revocation, clock.now())),
      isRevoked: (token, nowMs) => revocations.isRevoked(token, nowMs),
    },
    audience: {
      joined: (channel) => onAudience({ name: 'joined', channel }),
      left: (channel) => onAudience({ name: 'left', channel }),
    },
    stop() {
      broker.stop();
      mapBroker.stop();
    },
  };
};
