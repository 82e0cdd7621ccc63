// Decides how a room lives while somebody looks at it: subscription, messages, typing, presence, read pointer.
import type { Message, RoomEvent, UserSummary } from '@parley/contract';
import type { Subscription } from 'centrifuge';
import { background } from './background.ts';
import type { Endpoints } from './endpoints.ts';
import { MemberList } from './members.ts';
import type { Members } from './members.ts';
import type { OutboxEntry } from './outbox-entry.ts';
import type { Outbox } from './outbox.ts';
import type { Cancel, Clock, Log } from './ports.ts';
import { PresenceState } from './presence.ts';
import type { Presence } from './presence.ts';
import type { Outcome } from './problem.ts';
import { ReadPointerSync } from './read-pointer.ts';
import { isRoomEvent } from './room-events.ts';
import { RoomFeed } from './room-feed.ts';
import type { RoomStatus } from './room-feed.ts';
import type { Rooms } from './rooms.ts';
import { createStore } from './store.ts';
import type { Store, WritableStore } from './store.ts';
import type { Lease, SubscriptionPool } from './subscription-pool.ts';
import { createItemList } from './timeline-items.ts';
import type { TimelineItem } from './timeline-items.ts';
import { EMPTY_TIMELINE, hasNewer, hasOlder } from './timeline.ts';
import { TypingState } from './typing.ts';

/**
 * What a room shows. `items` are in reading order. `generation` grows when the window was replaced instead of
 * extended, so that a view knows that its place is gone. `lastSeq` is the room's newest message, shown or not.
 */
export interface RoomView {
  readonly status: RoomStatus;
  readonly items: readonly TimelineItem[];
  readonly hasOlder: boolean;
  readonly hasNewer: boolean;
  readonly lastSeq: number;
  readonly generation: number;
}

/** One room. Functions are stable references and need no `this`. */
export interface RoomHandle {
  readonly roomId: string;
  readonly view: Store<RoomView>;
  /** Who types, without ourselves. */
  readonly typers: Store<readonly UserSummary[]>;
  readonly presence: Store<Presence>;
  readonly members: Store<Members>;
  /** Makes the room live until every caller has called what it got. */
  open: () => Cancel;
  /** Queues a message; it is in `view` at once. Refused when blank, too long, or when too many wait. */
  send: (text: string) => Outcome<OutboxEntry>;
  retry: (clientMessageId: string) => void;
  /** Gives up a failed or waiting message and returns its text. */
  discard: (clientMessageId: string) => string | undefined;
  edit: (messageId: string, text: string) => Promise<Outcome<Message>>;
  remove: (messageId: string) => Promise<Outcome<Message>>;
  loadOlder: () => Promise<Outcome<undefined>>;
  loadNewer: () => Promise<Outcome<undefined>>;
  loadAround: (messageId: string) => Promise<Outcome<undefined>>;
  loadNewest: () => Promise<Outcome<undefined>>;
  loadMembers: () => Promise<Outcome<undefined>>;
  keystroke: () => void;
  stopTyping: () => void;
  /** Everything up to `seq` was on screen long enough. A lower number than before changes nothing. */
  markRead: (seq: number) => void;
}

/** What {@link ParleyRoom} needs. */
export interface RoomPorts {
  clock: Clock;
  log: Log;
  userId: string;
  endpoints: Endpoints;
  outbox: Outbox;
  rooms: Pick<Rooms, 'noteRead' | 'noteChange'>;
  pool: SubscriptionPool;
  /** Counts the rooms that are catching up: +1 and -1. */
  onCatchingUp: (by: 1 | -1) => void;
}

/** A room is left this long after the last one stopped looking, so that a quick return costs nothing. Milliseconds. */
const LINGER_MS = 1_000;

/** See {@link RoomHandle}. */
export class ParleyRoom implements RoomHandle {
  readonly roomId: string;
  readonly view: Store<RoomView>;
  readonly typers: RoomHandle['typers'];
  readonly presence: RoomHandle['presence'];
  readonly members: RoomHandle['members'];
  readonly #view: WritableStore<RoomView>;
  readonly #ports: RoomPorts;
  readonly #feed: RoomFeed;
  readonly #typing: TypingState;
  readonly #presence: PresenceState;
  readonly #members: MemberList;
  readonly #pointer: ReadPointerSync;
  readonly #items: ReturnType<typeof createItemList>;
  #pending: readonly OutboxEntry[] = [];
  #lookers = 0;
  #link: { lease: Lease; cancels: readonly Cancel[] } | null = null;
  #cancelLinger: Cancel = () => undefined;
  #isCatchingUp = false;
  #isDisposed = false;

  constructor(ports: RoomPorts, roomId: string) {
    const { clock, log, endpoints } = ports;
    this.roomId = roomId;
    this.#ports = ports;
    this.#feed = new RoomFeed({ clock, log, endpoints }, roomId);
    this.#typing = new TypingState({ clock, userId: ports.userId, tell: (state) => this.#tellTyping(state) });
    this.#presence = new PresenceState({ clock, log, ask: () => this.#askPresence() });
    this.#members = new MemberList(endpoints, roomId);
    this.#pointer = new ReadPointerSync({ clock, log, tell: (seq) => endpoints.moveReadPointer(roomId, { seq }) });
    this.#items = createItemList(ports.userId);
    this.#view = createStore<RoomView>({
      status: { name: 'idle' },
      items: this.#items(EMPTY_TIMELINE, []),
      hasOlder: false,
      hasNewer: false,
      lastSeq: 0,
      generation: 0,
    });
    this.view = this.#view;
    this.typers = this.#typing.typers;
    this.presence = this.#presence.presence;
    this.members = this.#members.members;
  }

  /** Whether nobody looks and the subscription has ended. */
  get isClosed(): boolean {
    return this.#link === null;
  }

  readonly open: RoomHandle['open'] = () => {
    this.#lookers += 1;
    this.#cancelLinger();
    if (this.#link === null && !this.#isDisposed) this.#begin();
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      this.#lookers -= 1;
      if (this.#lookers === 0) this.#cancelLinger = this.#ports.clock.after(LINGER_MS, () => this.close());
    };
  };

  readonly send: RoomHandle['send'] = (text) => {
    const queued = this.#ports.outbox.send(this.roomId, text);
    if (queued.ok) this.#typing.sent();
    return queued;
  };

  readonly retry: RoomHandle['retry'] = (clientMessageId) => this.#ports.outbox.retry(clientMessageId);
  readonly discard: RoomHandle['discard'] = (clientMessageId) => this.#ports.outbox.discard(clientMessageId);

  readonly edit: RoomHandle['edit'] = async (messageId, text) =>
    this.#answered(await this.#ports.endpoints.editMessage({ roomId: this.roomId, messageId }, { text }));

  readonly remove: RoomHandle['remove'] = async (messageId) =>
    this.#answered(await this.#ports.endpoints.deleteMessage({ roomId: this.roomId, messageId }));

  readonly loadOlder = (): Promise<Outcome<undefined>> => this.#feed.loadOlder();
  readonly loadNewer = (): Promise<Outcome<undefined>> => this.#feed.loadNewer();
  readonly loadAround = (messageId: string): Promise<Outcome<undefined>> => this.#feed.loadAround(messageId);
  readonly loadNewest = (): Promise<Outcome<undefined>> => this.#feed.loadNewest();
  readonly loadMembers = (): Promise<Outcome<undefined>> => this.#members.load();
  readonly keystroke = (): void => this.#typing.keystroke();
  readonly stopTyping = (): void => this.#typing.stop();

  readonly markRead = (seq: number): void => {
    if (this.#pointer.mark(seq)) this.#ports.rooms.noteRead(this.roomId, seq);
  };

  /** Works in a message that the server has accepted from us, in this tab or another. */
  accepted(message: Message): void {
    this.#feed.answer(message);
  }

  /** One may read the room again. */
  regain(): void {
    if (this.#lookers === 0 || this.#isDisposed) return;
    this.close();
    this.#begin();
  }

  /** One may no longer read the room. */
  lose(reason: string): void {
    this.close();
    this.#feed.deny(reason);
    this.#show();
  }

  /** Ends the room for good: its account has ended. */
  dispose(): void {
    this.#isDisposed = true;
    this.close();
  }

  /** Ends the subscription and all work; what is known stays. */
  close(): void {
    this.#cancelLinger();
    const link = this.#link;
    if (link === null) return;
    this.#link = null;
    for (const cancel of link.cancels) cancel();
    link.lease.release();
    this.#typing.clear();
    this.#presence.clear();
    this.#pointer.flush();
    this.#feed.close();
    this.#show();
  }

  #begin(): void {
    const { outbox, pool } = this.#ports;
    const lease = pool.lease(`chat:${this.roomId}`);
    const show = (): void => this.#show();
    this.#link = {
      lease,
      cancels: [
        this.#watch(lease.subscription),
        this.#feed.timeline.subscribe(show),
        this.#feed.status.subscribe(show),
        outbox.entries.subscribe(show),
      ],
    };
    this.#feed.open();
    lease.subscription.subscribe();
    this.#show();
  }

  #watch(subscription: Subscription): Cancel {
    const onPublication = (ctx: { data: unknown }): void => {
      if (isRoomEvent(ctx.data)) this.#receive(ctx.data);
    };
    const onSubscribed = (ctx: { recovered: boolean }): void => {
      this.#feed.connected(ctx.recovered);
      this.#presence.refresh();
    };
    const onSubscribing = (): void => {
      this.#feed.disconnected();
      this.#presence.clear();
      this.#typing.clear();
    };
    const onUnsubscribed = (ctx: { code: number; reason: string }): void => {
      // Code 0: we have ended it ourselves.
      if (ctx.code !== 0) this.lose(ctx.reason);
    };
    const onJoin = (ctx: { info: Parameters<PresenceState['join']>[0] }): void => this.#presence.join(ctx.info);
    const onLeave = (ctx: { info: Parameters<PresenceState['join']>[0] }): void => this.#presence.leave(ctx.info);
    subscription.on('publication', onPublication).on('join', onJoin).on('leave', onLeave);
    subscription.on('subscribed', onSubscribed).on('subscribing', onSubscribing).on('unsubscribed', onUnsubscribed);
    return () => {
      subscription.off('publication', onPublication).off('join', onJoin).off('leave', onLeave);
      subscription.off('subscribed', onSubscribed).off('subscribing', onSubscribing);
      subscription.off('unsubscribed', onUnsubscribed);
    };
  }

  #receive(event: RoomEvent): void {
    this.#feed.receive(event);
    this.#typing.receive(event);
    this.#members.receive(event);
    if (event.type === 'room.updated') this.#ports.rooms.noteChange(this.roomId, event.data);
    if (event.type !== 'message.created') return;
    const { message } = event.data;
    // The answer to our send may have been lost on its way.
    if (message.author.id === this.#ports.userId) this.#ports.outbox.confirm(message.clientMessageId);
  }

  #answered(answer: Outcome<Message>): Outcome<Message> {
    if (answer.ok) this.#feed.answer(answer.value);
    return answer;
  }

  #askPresence(): ReturnType<Subscription['presence']> {
    if (this.#link === null) return Promise.resolve({ clients: {} });
    return this.#link.lease.subscription.presence();
  }

  #tellTyping(state: 'start' | 'stop'): void {
    // A hint that comes late says nothing true any more: it is told only while the room is live.
    if (this.#feed.status.getSnapshot().name !== 'live') return;
    background(this.#ports.log, 'telling that one types', this.#ports.endpoints.typing(this.roomId, { state }));
  }

  #show(): void {
    const timeline = this.#feed.timeline.getSnapshot();
    const status = this.#feed.status.getSnapshot();
    this.#count(status.name === 'catching-up');
    const entries = this.#ports.outbox.entries.getSnapshot().filter((entry) => entry.roomId === this.roomId);
    const isSame = entries.length === this.#pending.length && entries.every((entry, at) => entry === this.#pending[at]);
    if (!isSame) this.#pending = entries;
    this.#view.set({
      status,
      items: this.#items(timeline, this.#pending),
      hasOlder: hasOlder(timeline),
      hasNewer: hasNewer(timeline),
      lastSeq: timeline.lastSeq,
      generation: timeline.generation,
    });
  }

  #count(isCatchingUp: boolean): void {
    if (isCatchingUp === this.#isCatchingUp) return;
    this.#isCatchingUp = isCatchingUp;
    this.#ports.onCatchingUp(isCatchingUp ? 1 : -1);
  }
}
