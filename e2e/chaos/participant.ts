// Decides what one participant is: the real client behind a wire of its own, watched by an auditor for each room.
import { createMemoryStorage, createParley, type Parley, type RoomHandle } from '@parley/client';
import type { RoomEvent } from '@parley/contract';
import type { Subscription } from 'centrifuge';
import { WebSocket } from 'ws';
import type { Auditor, Breach } from './auditor.ts';
import { createAuditor } from './auditor.ts';
import type { Shown } from './comparison.ts';
import type { Wire } from './wire.ts';

/** A person who takes part in a run. */
export interface Participant {
  name: string;
  wire: Wire;
  parley: Parley;
  /** The rooms, live until {@link Participant.close}. */
  rooms: ReadonlyMap<string, RoomHandle>;
  /** Messages in the order in which the client shows them. */
  shown(roomId: string): Shown[];
  /** Whether nothing waits to be sent in any room and every room is live. */
  isQuiet(): boolean;
  breaches(): Breach[];
  /** How many publications were judged. */
  judged(): number;
  close(): void;
}

/** What a participant needs. */
export interface ParticipantOptions {
  name: string;
  baseUrl: string;
  wire: Wire;
  refreshToken: string;
  roomIds: readonly string[];
  /** Hears of every send that the server has acknowledged. */
  onAcknowledged: (roomId: string, clientMessageId: string) => void;
}

/** Hears the acknowledgements on their way to the client. */
function listeningFetch(onAcknowledged: ParticipantOptions['onAcknowledged']): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    const path = /\/v1\/rooms\/([^/]+)\/messages$/.exec(input instanceof Request ? input.url : String(input));
    if (path?.[1] !== undefined && init?.method === 'POST' && response.ok && typeof init.body === 'string')
      onAcknowledged(path[1], (JSON.parse(init.body) as { clientMessageId: string }).clientMessageId);
    return response;
  };
}

function watch(subscription: Subscription, auditor: Auditor): void {
  let epoch = '';
  subscription.on('subscribed', (context) => {
    epoch = context.streamPosition?.epoch ?? '';
    auditor.subscribed(epoch, context.recovered);
  });
  subscription.on('publication', (context) => {
    const event = context.data as RoomEvent;
    if ('seq' in event) auditor.delivered({ eventId: event.id, seq: event.seq, epoch });
  });
}

/** Signs in with a refresh token, opens the rooms and starts to judge what is delivered. */
export function createParticipant(options: ParticipantOptions): Participant {
  let refreshToken: string | null = options.refreshToken;
  const parley = createParley({
    baseUrl: options.baseUrl,
    realtimeUrl: options.wire.url,
    WebSocket,
    storage: createMemoryStorage(),
    fetch: listeningFetch(options.onAcknowledged),
    refreshTokens: {
      read: () => Promise.resolve(refreshToken),
      write: (token) => Promise.resolve(void (refreshToken = token)),
      clear: () => Promise.resolve(void (refreshToken = null)),
    },
  });
  const rooms = new Map<string, RoomHandle>();
  const auditors: Auditor[] = [];
  const closers: (() => void)[] = [];
  const openRooms = (): void => {
    if (rooms.size > 0 || parley.session.state.getSnapshot().name !== 'signed-in') return;
    for (const roomId of options.roomIds) {
      const room = parley.room(roomId);
      closers.push(room.open());
      const subscription = parley.centrifuge.getSubscription(`chat:${roomId}`);
      if (subscription === null) throw new Error(`${options.name} has no subscription after opening room ${roomId}`);
      const auditor = createAuditor(`${options.name}, room ${roomId}`);
      watch(subscription, auditor);
      auditors.push(auditor);
      rooms.set(roomId, room);
    }
  };
  closers.push(parley.session.state.subscribe(openRooms));
  parley.start();
  return {
    name: options.name,
    wire: options.wire,
    parley,
    rooms,
    shown: (roomId) =>
      (rooms.get(roomId)?.view.getSnapshot().items ?? []).flatMap((item) =>
        item.kind === 'pending'
          ? []
          : [
              {
                id: item.message.id,
                seq: item.message.seq,
                revision: item.message.revision,
                text: item.message.text,
                deleted: item.message.deletedAt !== null,
              },
            ],
      ),
    isQuiet: () =>
      rooms.size === options.roomIds.length &&
      [...rooms.values()].every((room) => {
        const view = room.view.getSnapshot();
        return view.status.name === 'live' && view.items.every((item) => item.kind === 'message');
      }),
    breaches: () => auditors.flatMap((auditor) => [...auditor.breaches()]),
    judged: () => auditors.reduce((sum, auditor) => sum + auditor.count(), 0),
    close() {
      for (const end of closers) end();
      parley.close();
    },
  };
}
