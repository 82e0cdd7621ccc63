// Decides what belongs to one signed-in person in this tab, and ends it when somebody else comes.
import type { Message, UserSummary } from '@parley/contract';
import type { Centrifuge } from 'centrifuge';
import { background } from './background.ts';
import type { Endpoints } from './endpoints.ts';
import type { Http } from './http.ts';
import { Outbox } from './outbox.ts';
import type { Cancel, Ports } from './ports.ts';
import { isUserEvent } from './room-events.ts';
import { ParleyRoom } from './room.ts';
import { Rooms } from './rooms.ts';
import type { SubscriptionPool } from './subscription-pool.ts';

/** Rooms that nobody looks at are kept for a quick return, at most this many. */
const MAX_RESTING_ROOMS = 50;

/** What {@link Account} needs. */
export interface AccountPorts {
  ports: Ports;
  http: Http;
  endpoints: Endpoints;
  centrifuge: Pick<Centrifuge, 'on' | 'off'>;
  pool: SubscriptionPool;
  scope: string;
  newId: () => string;
  onCatchingUp: (by: 1 | -1) => void;
}

/** Outbox, list of rooms and open rooms of one person. */
export class Account {
  readonly user: UserSummary;
  readonly outbox: Outbox;
  readonly rooms: Rooms;
  readonly #options: AccountPorts;
  readonly #open = new Map<string, ParleyRoom>();
  #stop: Cancel = () => undefined;
  #isClosed = false;

  constructor(options: AccountPorts, user: UserSummary) {
    const { ports, http, endpoints, scope, newId } = options;
    this.user = user;
    this.#options = options;
    this.outbox = new Outbox(ports, {
      http,
      userId: user.id,
      scope,
      newId,
      onSent: (message) => this.#accepted(message),
    });
    this.rooms = new Rooms({
      clock: ports.clock,
      log: ports.log,
      userId: user.id,
      endpoints,
      onAccess: (roomId, change) => this.#onAccess(roomId, change),
    });
  }

  /** Begins to send, to list rooms and to listen to the person's own channel. */
  start(): void {
    const { centrifuge, ports } = this.#options;
    const channel = `user:${this.user.id}`;
    const onPublication = (ctx: { channel: string; data: unknown }): void => {
      if (ctx.channel === channel && isUserEvent(ctx.data)) this.rooms.receive(ctx.data);
    };
    // Signals were missed unless the server could hand them over: then the whole list is fetched, not one room.
    const onSubscribed = (ctx: { channel: string; recovered: boolean }): void => {
      if (ctx.channel === channel && !ctx.recovered) this.rooms.refresh();
    };
    const onConnected = (): void => this.outbox.retryNow();
    centrifuge.on('publication', onPublication).on('subscribed', onSubscribed).on('connected', onConnected);
    this.#stop = () => {
      centrifuge.off('publication', onPublication).off('subscribed', onSubscribed).off('connected', onConnected);
    };
    background(ports.log, 'reading the outbox', this.outbox.start());
    this.rooms.refresh();
  }

  /** The room's handle: the same one as long as somebody looks at it. */
  room(roomId: string): ParleyRoom {
    const known = this.#open.get(roomId);
    if (known !== undefined) return known;
    this.#forgetResting();
    const { ports, endpoints, pool, onCatchingUp } = this.#options;
    const room = new ParleyRoom(
      {
        clock: ports.clock,
        log: ports.log,
        userId: this.user.id,
        endpoints,
        pool,
        outbox: this.outbox,
        rooms: this.rooms,
        onCatchingUp,
      },
      roomId,
    );
    this.#open.set(roomId, room);
    // Whoever looks after the end gets a room that stays still.
    if (this.#isClosed) room.dispose();
    return room;
  }

  /** Ends everything. `forget` throws away what waits to be sent. */
  close(forget: boolean): void {
    this.#isClosed = true;
    this.#stop();
    for (const room of this.#open.values()) room.dispose();
    this.rooms.close();
    if (forget) background(this.#options.ports.log, 'clearing the outbox', this.outbox.clear());
    else this.outbox.close();
  }

  #accepted(message: Message): void {
    this.#open.get(message.roomId)?.accepted(message);
  }

  #onAccess(roomId: string, change: 'gained' | 'lost'): void {
    const room = this.#open.get(roomId);
    if (change === 'gained') room?.regain();
    else room?.lose('You are no longer a member of this room');
  }

  #forgetResting(): void {
    const resting = Array.from(this.#open.values()).filter((room) => room.isClosed);
    for (const room of resting.slice(0, Math.max(0, resting.length - MAX_RESTING_ROOMS + 1))) {
      this.#open.delete(room.roomId);
    }
  }
}
