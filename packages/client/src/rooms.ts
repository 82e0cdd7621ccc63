// Decides what the list of rooms shows: order, unread, and when it is fetched again.
import type { Room, RoomCreate, RoomPatch, UserEvent } from '@parley/contract';
import { backoffMs } from './backoff.ts';
import { background } from './background.ts';
import type { Endpoints } from './endpoints.ts';
import type { Cancel, Clock, Log } from './ports.ts';
import { isRetryable } from './problem.ts';
import type { Outcome, ParleyProblem } from './problem.ts';
import { createStore } from './store.ts';
import type { Store, WritableStore } from './store.ts';

/**
 * The rooms one is a member of, the most recently active first. `problem` says why the list could not be fetched; it
 * is tried again by itself, and what was known stays.
 */
export interface RoomList {
  readonly status: 'loading' | 'ready' | 'failed';
  readonly rooms: readonly Room[];
  /** Messages that have not been read, over all rooms. */
  readonly unread: number;
  readonly problem: ParleyProblem | null;
}

/** What {@link Rooms} needs. */
export interface RoomsPorts {
  clock: Clock;
  log: Log;
  userId: string;
  endpoints: Endpoints;
  /** One may read this room from now on, or no longer. */
  onAccess: (roomId: string, change: 'gained' | 'lost') => void;
}

const PAGE = 200;
/** Greatest number of rooms that are listed. */
export const MAX_ROOMS = 1_000;
const RETRY = { firstMs: 1_000, maxMs: 30_000 };

const EMPTY: RoomList = { status: 'loading', rooms: [], unread: 0, problem: null };

function withUnread(room: Room, lastSeq: number, readSeq: number): Room {
  const { membership } = room;
  if (membership === null) return { ...room, lastSeq };
  const read = Math.max(membership.readSeq, readSeq);
  if (lastSeq === room.lastSeq && read === membership.readSeq) return room;
  return { ...room, lastSeq, membership: { ...membership, readSeq: read }, unread: Math.max(0, lastSeq - read) };
}

/** The list of rooms of one account, kept live by signals on the person's own channel. */
export class Rooms {
  readonly list: Store<RoomList>;
  readonly #list: WritableStore<RoomList> = createStore(EMPTY);
  readonly #ports: RoomsPorts;
  #isRunning = false;
  #again = false;
  #closed = false;
  #endWait: Cancel = () => undefined;

  constructor(ports: RoomsPorts) {
    this.list = this.#list;
    this.#ports = ports;
  }

  /** Fetches the list; a call while that is under way makes it fetch once more. */
  readonly refresh = (): void => {
    this.#again = true;
    this.#endWait();
    if (!this.#isRunning && !this.#closed) background(this.#ports.log, 'fetching the rooms', this.#run());
  };

  /** Makes a room, of which one is the owner, and lists it. */
  readonly create = (body: RoomCreate): Promise<Outcome<Room>> => this.#listed(this.#ports.endpoints.createRoom(body));

  /** Joins a public room and lists it. */
  readonly join = async (roomId: string): Promise<Outcome<Room>> => {
    const joined = await this.#listed(this.#ports.endpoints.joinRoom(roomId));
    if (joined.ok) this.#ports.onAccess(roomId, 'gained');
    return joined;
  };

  /** Changes a room's name or topic. */
  readonly change = (roomId: string, body: RoomPatch): Promise<Outcome<Room>> =>
    this.#listed(this.#ports.endpoints.changeRoom(roomId, body));

  /** Leaves a room. */
  readonly leave = async (roomId: string): Promise<Outcome<undefined>> => {
    const left = await this.#ports.endpoints.leaveRoom(roomId);
    if (left.ok) this.#lost(roomId);
    return left;
  };

  /** The room as the list has it. */
  readonly find = (roomId: string): Room | undefined =>
    this.#list.getSnapshot().rooms.find((room) => room.id === roomId);

  /** Everything in the room up to `seq` has been read. */
  noteRead(roomId: string, seq: number): void {
    this.#update(roomId, (room) => withUnread(room, room.lastSeq, Math.min(seq, room.lastSeq)));
  }

  /** Works in a room's new name and topic. */
  noteChange(roomId: string, change: { name: string; topic: string }): void {
    this.#update(roomId, (room) => ({ ...room, name: change.name, topic: change.topic }));
  }

  /** Works in a signal from the person's own channel. */
  receive(event: UserEvent): void {
    switch (event.type) {
      case 'room.advanced':
        this.#advance(event.data);
        break;
      case 'read.advanced':
        this.noteRead(event.data.roomId, event.data.readSeq);
        break;
      case 'room.joined':
        this.refresh();
        this.#ports.onAccess(event.data.room.id, 'gained');
        break;
      case 'room.left':
        this.#lost(event.data.roomId);
        break;
      default:
        event satisfies never;
    }
  }

  /** Stops fetching. */
  close(): void {
    this.#closed = true;
    this.#endWait();
  }

  #advance(signal: { roomId: string; lastSeq: number; authorId: string | null }): void {
    const { roomId, lastSeq, authorId } = signal;
    const room = this.find(roomId);
    if (room === undefined) this.refresh();
    if (room === undefined || lastSeq <= room.lastSeq) return;
    // One has read what one has written.
    const next = withUnread(room, lastSeq, authorId === this.#ports.userId ? lastSeq : 0);
    const others = this.#list.getSnapshot().rooms.filter((other) => other.id !== roomId);
    this.#set([next, ...others]);
  }

  #update(roomId: string, change: (room: Room) => Room): void {
    const { rooms } = this.#list.getSnapshot();
    const next = rooms.map((room) => (room.id === roomId ? change(room) : room));
    if (next.some((room, index) => room !== rooms[index])) this.#set(next);
  }

  #lost(roomId: string): void {
    if (this.#isRunning) this.#again = true;
    this.#set(this.#list.getSnapshot().rooms.filter((room) => room.id !== roomId));
    this.#ports.onAccess(roomId, 'lost');
  }

  #set(rooms: readonly Room[]): void {
    const unread = rooms.reduce((sum, room) => sum + room.unread, 0);
    this.#list.set({ ...this.#list.getSnapshot(), rooms, unread });
  }

  async #listed(answer: Promise<Outcome<Room>>): Promise<Outcome<Room>> {
    const outcome = await answer;
    if (outcome.ok) {
      const room = outcome.value;
      const { rooms } = this.#list.getSnapshot();
      const isKnown = rooms.some((other) => other.id === room.id);
      this.#set(isKnown ? rooms.map((other) => (other.id === room.id ? room : other)) : [room, ...rooms]);
      // A list that is under way may have been read before this change.
      if (this.#isRunning) this.#again = true;
    }
    return outcome;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    let failures = 0;
    try {
      while (this.#again && !this.#closed) {
        this.#again = false;
        const fetched = await this.#fetch();
        if (this.#closed) return;
        if (fetched.ok) this.#take(fetched.value);
        else {
          this.#list.set({ ...this.#list.getSnapshot(), status: 'failed', problem: fetched.problem });
          if (!isRetryable(fetched.problem)) return;
          failures += 1;
          this.#again = true;
          await this.#wait(Math.max(fetched.problem.retryAfterMs ?? 0, backoffMs(this.#ports.clock, failures, RETRY)));
        }
      }
    } finally {
      this.#isRunning = false;
    }
  }

  async #fetch(): Promise<Outcome<readonly Room[]>> {
    const rooms: Room[] = [];
    let after: string | undefined;
    do {
      const page = await this.#ports.endpoints.rooms('mine', { limit: PAGE, after });
      if (!page.ok) return page;
      rooms.push(...page.value.data);
      after = page.value.page.hasMore ? (page.value.page.next ?? undefined) : undefined;
    } while (after !== undefined && rooms.length < MAX_ROOMS);
    return { ok: true, value: rooms };
  }

  /** Signals may have overtaken the list: both are absolute, so the greater numbers are right. */
  #take(fetched: readonly Room[]): void {
    const known = new Map(this.#list.getSnapshot().rooms.map((room) => [room.id, room]));
    const rooms = fetched.map((room) => {
      const mine = known.get(room.id);
      if (mine === undefined) return room;
      return withUnread(room, Math.max(room.lastSeq, mine.lastSeq), mine.membership?.readSeq ?? 0);
    });
    this.#list.set({ ...this.#list.getSnapshot(), status: 'ready', problem: null });
    this.#set(rooms);
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        this.#endWait = () => undefined;
        cancel();
        resolve();
      };
      const cancel = this.#ports.clock.after(delayMs, end);
      this.#endWait = end;
    });
  }
}
