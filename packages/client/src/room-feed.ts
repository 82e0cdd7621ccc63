// Decides when a room's messages are fetched: first page, paging, catching up after a gap, trying again.
import type { Message, MessagePage, MessageQuery, RoomEvent } from '@parley/contract';
import { backoffMs } from './backoff.ts';
import { background } from './background.ts';
import type { Endpoints } from './endpoints.ts';
import type { Cancel, Clock, Log } from './ports.ts';
import { clientProblem, isRetryable } from './problem.ts';
import type { Outcome, ParleyProblem } from './problem.ts';
import { createStore } from './store.ts';
import type { Store, WritableStore } from './store.ts';
import {
  EMPTY_TIMELINE,
  applyAnswer,
  applyChanges,
  applyEvent,
  applyNewest,
  applyPage,
  hasNewer,
  hasOlder,
  isOutOfDate,
  needsCatchUp,
  resetTo,
} from './timeline.ts';
import type { LoadedPage, MessageEvent, Timeline } from './timeline.ts';

/**
 * What a room's messages are worth at the moment. `idle`: nobody looks. `loading`: the first page is on its way.
 * `catching-up`: some may be missing, they are being fetched. `disconnected`: no live events arrive. `failed`: fetching
 * did not work, it is tried again by itself. `denied`: one may not read this room (any more).
 */
export type RoomStatus =
  | { name: 'idle' }
  | { name: 'loading' }
  | { name: 'catching-up' }
  | { name: 'live' }
  | { name: 'disconnected' }
  | { name: 'failed'; problem: ParleyProblem }
  | { name: 'denied'; reason: string };

/** What {@link RoomFeed} needs. */
export interface FeedPorts {
  clock: Clock;
  log: Log;
  endpoints: Pick<Endpoints, 'messages' | 'changes'>;
}

type Side = 'older' | 'newer' | 'around';

const PAGE = 50;
const CHANGES_PAGE = 200;
/** So many pages of changes are worked in before starting again from the newest page is cheaper. */
const MAX_CHANGES_PAGES = 5;
const MAX_RELOADS = 3;
const RETRY = { firstMs: 1_000, maxMs: 30_000 };

const DONE: Outcome<undefined> = { ok: true, value: undefined };

/** The messages of one room, kept whole: {@link Timeline} decides what is right, this decides what to ask for. */
export class RoomFeed {
  readonly timeline: Store<Timeline>;
  readonly status: Store<RoomStatus>;
  readonly #timeline: WritableStore<Timeline> = createStore<Timeline>(EMPTY_TIMELINE);
  readonly #status: WritableStore<RoomStatus> = createStore<RoomStatus>({ name: 'idle' });
  readonly #ports: FeedPorts;
  readonly #roomId: string;
  readonly #loads = new Map<Side, Promise<Outcome<undefined>>>();
  #edges: { older: Edge | null; newer: Edge | null } = { older: null, newer: null };
  #abort: AbortController | null = null;
  #isRunning = false;
  #again = false;
  #isConnected = false;
  #endWait: Cancel = () => undefined;

  constructor(ports: FeedPorts, roomId: string) {
    this.timeline = this.#timeline;
    this.status = this.#status;
    this.#ports = ports;
    this.#roomId = roomId;
  }

  /** Begins to fetch. */
  open(): void {
    if (this.#abort !== null) return;
    this.#abort = new AbortController();
    this.catchUp();
  }

  /** Ends everything that is under way; what is known stays for the next {@link RoomFeed.open}. */
  close(): void {
    this.#abort?.abort();
    this.#abort = null;
    this.#isConnected = false;
    this.#endWait();
    this.#status.set({ name: 'idle' });
  }

  /** Live events arrive from now on. `isWhole`: nothing was missed since the last one. */
  connected(isWhole: boolean): void {
    if (this.#abort === null) return;
    this.#isConnected = true;
    if (isWhole && !this.#isRunning && this.#timeline.getSnapshot().generation > 0) this.#status.set({ name: 'live' });
    else this.catchUp();
  }

  /** Live events have stopped. */
  disconnected(): void {
    if (this.#abort === null) return;
    this.#isConnected = false;
    const { name } = this.#status.getSnapshot();
    if (name === 'live' || name === 'catching-up') this.#status.set({ name: 'disconnected' });
  }

  /** The server does not let us read any more. */
  deny(reason: string): void {
    this.close();
    this.#status.set({ name: 'denied', reason });
  }

  /** Works in a live event, and asks the log when it shows that something was missed. */
  receive(event: RoomEvent): void {
    if (!isMessageEvent(event)) return;
    this.#timeline.set(applyEvent(this.#timeline.getSnapshot(), event));
    // One that runs already looks again by itself before it ends.
    if (!this.#isRunning && needsCatchUp(this.#timeline.getSnapshot())) this.catchUp();
  }

  /** Works in a message from an answer of the server. */
  answer(message: Message): void {
    if (message.roomId === this.#roomId) this.#timeline.set(applyAnswer(this.#timeline.getSnapshot(), message));
  }

  /** Fetches what was missed; a call while that is under way makes it look once more at the end. */
  catchUp(): void {
    if (this.#abort === null) return;
    this.#again = true;
    // A wait after a failure ends: there is a new reason to believe that it will work.
    this.#endWait();
    if (!this.#isRunning) background(this.#ports.log, 'catching up', this.#run(this.#abort.signal));
  }

  loadOlder(): Promise<Outcome<undefined>> {
    return hasOlder(this.#timeline.getSnapshot()) ? this.#once('older', () => this.#loadEdge('older')) : resolved();
  }

  loadNewer(): Promise<Outcome<undefined>> {
    return hasNewer(this.#timeline.getSnapshot()) ? this.#once('newer', () => this.#loadEdge('newer')) : resolved();
  }

  /** Shows the surroundings of one message; the window is replaced when they do not touch. */
  loadAround(messageId: string): Promise<Outcome<undefined>> {
    return this.#load('around', { around: messageId, limit: PAGE });
  }

  /** Shows the newest messages. */
  loadNewest(): Promise<Outcome<undefined>> {
    // The first page is the newest one, and it is on its way.
    return this.#timeline.getSnapshot().generation === 0 ? resolved() : this.#showNewest(applyNewest);
  }

  async #run(signal: AbortSignal): Promise<void> {
    this.#isRunning = true;
    let failures = 0;
    try {
      while (this.#again && !signal.aborted) {
        this.#again = false;
        const loading = this.#timeline.getSnapshot().generation === 0;
        this.#status.set({ name: loading ? 'loading' : 'catching-up' });
        const problem = await this.#fetchMissing(signal);
        if (signal.aborted) return;
        if (problem === undefined) {
          // An event may have been announced that the log did not show yet: look again, but not in a tight circle.
          if (!needsCatchUp(this.#timeline.getSnapshot())) continue;
        } else if (!isRetryable(problem)) {
          this.deny(problem.title);
          return;
        } else this.#status.set({ name: 'failed', problem });
        failures += 1;
        this.#again = true;
        await this.#wait(Math.max(problem?.retryAfterMs ?? 0, backoffMs(this.#ports.clock, failures, RETRY)));
      }
      if (!signal.aborted) this.#status.set({ name: this.#isConnected ? 'live' : 'disconnected' });
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.#isRunning = false;
      // Closed and opened again while this was ending.
      if (this.#abort !== null && this.#abort.signal !== signal) this.catchUp();
    }
  }

  async #fetchMissing(signal: AbortSignal): Promise<ParleyProblem | undefined> {
    if (this.#timeline.getSnapshot().generation === 0) {
      const problem = await this.#startOver(signal);
      if (problem !== undefined) return problem;
    }
    for (let pages = 1; ; pages += 1) {
      const since = this.#timeline.getSnapshot().applied;
      const answer = await this.#ports.endpoints.changes(this.#roomId, { since, limit: CHANGES_PAGE }, { signal });
      if (!answer.ok) return answer.problem;
      this.#timeline.set(applyChanges(this.#timeline.getSnapshot(), answer.value, since));
      if (!answer.value.hasMore) return undefined;
      if (pages % MAX_CHANGES_PAGES !== 0) continue;
      const problem = await this.#startOver(signal);
      if (problem !== undefined) return problem;
    }
  }

  async #startOver(signal: AbortSignal): Promise<ParleyProblem | undefined> {
    const shown = await this.#showNewest(resetTo, signal);
    return shown.ok ? undefined : shown.problem;
  }

  async #showNewest(how: typeof resetTo, signal?: AbortSignal): Promise<Outcome<undefined>> {
    const asked = await this.#ask({ limit: PAGE }, signal);
    if (!asked.ok) return asked;
    this.#timeline.set(how(this.#timeline.getSnapshot(), asked.value.loaded));
    this.#remember('older', asked.value.page);
    return DONE;
  }

  /** Asks for a page, and again when it is out of date on arrival. */
  async #ask(query: MessageQuery, signal?: AbortSignal): Promise<Outcome<Asked>> {
    for (let tries = 0; tries < MAX_RELOADS; tries += 1) {
      const askedAt = this.#timeline.getSnapshot().applied;
      const answer = await this.#ports.endpoints.messages(this.#roomId, query, { signal });
      if (!answer.ok) return answer;
      const loaded = { messages: answer.value.data, askedAt };
      if (!isOutOfDate(this.#timeline.getSnapshot(), loaded))
        return { ok: true, value: { loaded, page: answer.value } };
    }
    return { ok: false, problem: clientProblem('network.unreachable', 'The room changes too quickly; try again') };
  }

  /** The first load of a side answers all who ask for that side meanwhile. */
  #once(side: Side, load: () => Promise<Outcome<undefined>>): Promise<Outcome<undefined>> {
    const running = this.#loads.get(side);
    if (running !== undefined) return running;
    const started = load().finally(() => this.#loads.delete(side));
    this.#loads.set(side, started);
    return started;
  }

  #loadEdge(side: 'older' | 'newer'): Promise<Outcome<undefined>> {
    const { window } = this.#timeline.getSnapshot();
    const end = side === 'older' ? window[0] : window.at(-1);
    if (end === undefined) return resolved();
    const edge = this.#edges[side];
    // A cursor belongs to the message where its page ended; elsewhere the message itself is the way in.
    if (edge?.seq !== end.seq) return this.#load(side, { around: end.id, limit: PAGE });
    return this.#load(side, { limit: PAGE, [side === 'older' ? 'before' : 'after']: edge.cursor });
  }

  async #load(side: Side, query: MessageQuery): Promise<Outcome<undefined>> {
    const asked = await this.#ask(query);
    if (!asked.ok) return asked;
    this.#timeline.set(applyPage(this.#timeline.getSnapshot(), asked.value.loaded, side));
    if (side !== 'newer') this.#remember('older', asked.value.page);
    if (side !== 'older') this.#remember('newer', asked.value.page);
    return DONE;
  }

  #remember(side: 'older' | 'newer', page: MessagePage): void {
    const end = side === 'older' ? page.data[0] : page.data.at(-1);
    const cursor = side === 'older' ? page.page.prev : page.page.next;
    this.#edges = { ...this.#edges, [side]: end === undefined || cursor === null ? null : { seq: end.seq, cursor } };
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

interface Asked {
  loaded: LoadedPage;
  page: MessagePage;
}

interface Edge {
  seq: number;
  cursor: string;
}

const resolved = (): Promise<Outcome<undefined>> => Promise.resolve(DONE);

function isMessageEvent(event: RoomEvent): event is MessageEvent {
  return event.type === 'message.created' || event.type === 'message.edited' || event.type === 'message.deleted';
}
