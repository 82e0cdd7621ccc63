// Decides the order in which messages are sent, when a send is tried again, and when it has failed for good.
import type { MESSAGE_MAX_LENGTH, Message, MessageSend } from '@parley/contract';
import { backoffMs } from './backoff.ts';
import { background } from './background.ts';
import type { Http } from './http.ts';
import { inOrder, readEntry, writeEntry } from './outbox-entry.ts';
import type { OutboxEntry } from './outbox-entry.ts';
import type { Cancel, Ports } from './ports.ts';
import { clientProblem, isRetryable, isSessionEnd } from './problem.ts';
import type { Outcome, ParleyProblem } from './problem.ts';
import { createStore } from './store.ts';
import type { Store, WritableStore } from './store.ts';
import { isTabMessage } from './tab-messages.ts';
import type { TabMessage } from './tab-messages.ts';

/** Greatest number of messages that wait in one account's outbox. */
export const OUTBOX_MAX = 500;
const MAX_LENGTH: typeof MESSAGE_MAX_LENGTH = 8_000;
const RETRY = { firstMs: 1_000, maxMs: 30_000 };

/** What the outbox needs from the outside. */
export type OutboxPorts = Pick<Ports, 'clock' | 'locks' | 'tabs' | 'storage' | 'network' | 'log'>;

/** What {@link Outbox} needs beside the ports. */
export interface OutboxOptions {
  http: Http;
  userId: string;
  /** Separates the storage of several installations on one origin. */
  scope: string;
  /** Called with each message that the server has accepted, before its entry leaves the outbox. */
  onSent: (message: Message) => void;
  /** Makes an id of 8 to 64 letters, digits, `_` and `-` that nobody else makes. */
  newId: () => string;
}

/**
 * One account's messages on their way. Each room has its own queue: the next message waits until the one before is
 * accepted or refused, so order holds; `clientMessageId` makes repeats harmless. The queue is kept in storage and one
 * tab sends at a time.
 */
export class Outbox {
  /** All entries, in the order of sending. */
  readonly entries: Store<readonly OutboxEntry[]>;
  readonly #entries: WritableStore<readonly OutboxEntry[]> = createStore<readonly OutboxEntry[]>([]);
  readonly #ports: OutboxPorts;
  readonly #options: OutboxOptions;
  readonly #prefix: string;
  readonly #stops: readonly Cancel[];
  /** Rooms whose queue is being worked on in this tab, with the way to end a wait early. */
  readonly #waits = new Map<string, Cancel>();
  readonly #writes = new Map<string, Promise<void>>();
  /** Entries that storage did not take: they live in this tab only. */
  readonly #unsaved = new Set<string>();
  #wake: () => void = () => undefined;
  #pumping = false;
  #closed = false;
  #lastOrder = 0;

  constructor(ports: OutboxPorts, options: OutboxOptions) {
    this.entries = this.#entries;
    this.#ports = ports;
    this.#options = options;
    this.#prefix = `${options.scope}:outbox:${options.userId}:`;
    this.#stops = [
      ports.tabs.listen((message) => this.#onTabMessage(message)),
      ports.network.listen(() => this.retryNow()),
    ];
  }

  /** Reads what an earlier visit left and begins to send it. */
  async start(): Promise<void> {
    await this.#reload();
    this.#pump();
  }

  /**
   * Queues a message. It is in {@link Outbox.entries} when this returns.
   *
   * @returns a refusal for a blank or too long text, and when {@link OUTBOX_MAX} messages wait already
   */
  send(roomId: string, text: string): Outcome<OutboxEntry> {
    if (text.trim() === '') return refuse('message.blank', 'Write something to send');
    if (text.length > MAX_LENGTH) {
      return refuse('message.too_long', `A message may have ${MAX_LENGTH} characters; shorten it or send it in parts`);
    }
    const entries = this.#entries.getSnapshot();
    if (entries.length >= OUTBOX_MAX) {
      return refuse('outbox.full', `${OUTBOX_MAX} messages wait to be sent; send more when the server can be reached`);
    }
    this.#lastOrder = Math.max(this.#ports.clock.now(), this.#lastOrder + 1, (entries.at(-1)?.order ?? 0) + 1);
    const entry: OutboxEntry = {
      clientMessageId: this.#options.newId(),
      roomId,
      text,
      order: this.#lastOrder,
      state: { name: 'waiting' },
    };
    this.#put(entry, true);
    this.#pump();
    return { ok: true, value: entry };
  }

  /** Tries a failed message again, in its old place. Nothing happens to one that has not failed. */
  retry(clientMessageId: string): void {
    const entry = this.#find(clientMessageId);
    if (entry?.state.name !== 'failed') return;
    this.#put({ ...entry, state: { name: 'waiting' } }, true);
    this.#pump();
  }

  /** Gives up a message that is not in a request at this moment. Returns its text, for the composer. */
  discard(clientMessageId: string): string | undefined {
    const entry = this.#find(clientMessageId);
    if (entry === undefined || entry.state.name === 'sending') return undefined;
    this.#drop(clientMessageId);
    return entry.text;
  }

  /** Ends all waits between attempts. */
  retryNow(): void {
    for (const end of Array.from(this.#waits.values())) end();
    this.#pump();
  }

  /** A message has arrived by another way: its entry, if it has one, is done. */
  confirm(clientMessageId: string): void {
    if (this.#find(clientMessageId) !== undefined) this.#drop(clientMessageId);
  }

  /** Throws away everything that waits, also in storage: for a sign-out. */
  async clear(): Promise<void> {
    this.close();
    this.#entries.set([]);
    const stored = await this.#ports.storage.list(this.#prefix);
    await Promise.all(stored.map(([key]) => this.#ports.storage.remove(key)));
  }

  /** Stops sending; what waits stays in storage. */
  close(): void {
    this.#closed = true;
    for (const stop of this.#stops) stop();
    for (const end of Array.from(this.#waits.values())) end();
    this.#wake();
  }

  #find(clientMessageId: string): OutboxEntry | undefined {
    return this.#entries.getSnapshot().find((entry) => entry.clientMessageId === clientMessageId);
  }

  #put(entry: OutboxEntry, persist: boolean): void {
    const others = this.#entries.getSnapshot().filter((other) => other.clientMessageId !== entry.clientMessageId);
    this.#entries.set(inOrder([...others, entry]));
    if (!persist) return;
    this.#write(entry.clientMessageId, async () => {
      await this.#ports.storage.set(this.#prefix + entry.clientMessageId, writeEntry(entry));
      this.#tell({ kind: 'outbox.changed', userId: this.#options.userId });
    });
  }

  #drop(clientMessageId: string): void {
    this.#entries.set(this.#entries.getSnapshot().filter((entry) => entry.clientMessageId !== clientMessageId));
    this.#unsaved.delete(clientMessageId);
    this.#write(clientMessageId, async () => {
      await this.#ports.storage.remove(this.#prefix + clientMessageId);
      this.#tell({ kind: 'outbox.changed', userId: this.#options.userId });
    });
  }

  /** Writes of one entry follow each other, so that a late one cannot bring back what an early one removed. */
  #write(clientMessageId: string, write: () => Promise<void>): void {
    const before = this.#writes.get(clientMessageId) ?? Promise.resolve();
    const report = (): void => {
      this.#unsaved.add(clientMessageId);
      this.#ports.log({ level: 'warn', message: 'The outbox could not be stored; it will not survive a reload' });
    };
    const written = before
      .then(write)
      .then(() => void this.#unsaved.delete(clientMessageId))
      .catch(report);
    this.#writes.set(clientMessageId, written);
    const forget = written.finally(() => {
      if (this.#writes.get(clientMessageId) === written) this.#writes.delete(clientMessageId);
    });
    background(this.#ports.log, 'storing the outbox', forget);
  }

  #tell(message: TabMessage): void {
    this.#ports.tabs.post(message);
  }

  #isLocal(clientMessageId: string): boolean {
    return this.#writes.has(clientMessageId) || this.#unsaved.has(clientMessageId);
  }

  /** Takes over what storage has; entries of this tab that are still being written stay. */
  async #reload(): Promise<void> {
    const stored = await this.#ports.storage.list(this.#prefix);
    const known = new Map(this.#entries.getSnapshot().map((entry) => [entry.clientMessageId, entry]));
    const merged: OutboxEntry[] = [];
    for (const [, json] of stored.slice(0, OUTBOX_MAX)) {
      const entry = readEntry(json);
      if (entry === undefined || this.#isLocal(entry.clientMessageId)) continue;
      const mine = known.get(entry.clientMessageId);
      merged.push(mine?.state.name === 'sending' || mine?.state.name === entry.state.name ? mine : entry);
    }
    for (const entry of known.values()) {
      if (this.#isLocal(entry.clientMessageId)) merged.push(entry);
    }
    if (!this.#closed) this.#entries.set(inOrder(merged));
  }

  #heads(): readonly OutboxEntry[] {
    const rooms = new Map<string, OutboxEntry>();
    for (const entry of this.#entries.getSnapshot()) {
      if (entry.state.name !== 'failed' && !rooms.has(entry.roomId)) rooms.set(entry.roomId, entry);
    }
    return Array.from(rooms.values());
  }

  #pump(): void {
    // A room that was idle may have something now.
    this.#wake();
    if (this.#pumping || this.#closed || this.#heads().length === 0) return;
    this.#pumping = true;
    const work = this.#ports.locks
      .withLock(`${this.#prefix}send`, () => this.#drainAll())
      .finally(() => {
        this.#pumping = false;
        // Something may have been queued after the last look.
        this.#pump();
      });
    background(this.#ports.log, 'sending messages', work);
  }

  /** Sends until no room has anything left, all rooms side by side. Runs in one tab at a time. */
  async #drainAll(): Promise<void> {
    // Another tab may have sent some of it while this one waited for the lock.
    await this.#reload();
    const active = new Map<string, Promise<void>>();
    for (;;) {
      if (this.#closed) break;
      for (const head of this.#heads()) {
        if (active.has(head.roomId)) continue;
        const done = this.#drainRoom(head.roomId).finally(() => active.delete(head.roomId));
        active.set(head.roomId, done);
      }
      if (active.size === 0) break;
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await Promise.race([woken, ...active.values()]);
    }
    await Promise.all(active.values());
  }

  async #drainRoom(roomId: string): Promise<void> {
    for (let failures = 0; !this.#closed;) {
      const entry = this.#heads().find((head) => head.roomId === roomId);
      if (entry === undefined) return;
      const problem = await this.#attempt(entry);
      if (problem === undefined) failures = 0;
      else {
        failures += 1;
        await this.#pause(roomId, Math.max(problem.retryAfterMs ?? 0, backoffMs(this.#ports.clock, failures, RETRY)));
      }
    }
  }

  /** Sends one entry once. Returns the problem when it is to be tried again. */
  async #attempt(entry: OutboxEntry): Promise<ParleyProblem | undefined> {
    this.#put({ ...entry, state: { name: 'sending' } }, false);
    const body: MessageSend = { clientMessageId: entry.clientMessageId, text: entry.text };
    const path = `/v1/rooms/${encodeURIComponent(entry.roomId)}/messages`;
    const answer = await this.#options.http.request<Message>({ method: 'POST', path, body });
    if (this.#closed) return undefined;
    if (answer.ok) {
      this.#options.onSent(answer.value);
      this.#tell({ kind: 'outbox.sent', userId: this.#options.userId, message: answer.value });
      this.confirm(entry.clientMessageId);
      return undefined;
    }
    // It may have been confirmed by its event while the answer was lost.
    if (this.#find(entry.clientMessageId) === undefined) return undefined;
    const { problem } = answer;
    if (isRetryable(problem) || isSessionEnd(problem)) {
      this.#put({ ...entry, state: { name: 'waiting' } }, false);
      return problem;
    }
    const { code, title, detail, requestId } = problem;
    this.#put({ ...entry, state: { name: 'failed', failure: { code, title, detail, requestId } } }, true);
    return undefined;
  }

  #pause(roomId: string, delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        this.#waits.delete(roomId);
        cancel();
        resolve();
      };
      const cancel = this.#ports.clock.after(delayMs, end);
      this.#waits.set(roomId, end);
    });
  }

  #onTabMessage(message: unknown): void {
    if (!isTabMessage(message) || this.#closed) return;
    if (message.kind === 'outbox.sent' && message.userId === this.#options.userId) {
      this.#options.onSent(message.message);
    }
    if (message.kind === 'outbox.changed' && message.userId === this.#options.userId) {
      background(
        this.#ports.log,
        'reading the outbox',
        this.#reload().then(() => this.#pump()),
      );
    }
  }
}

function refuse(code: 'message.blank' | 'message.too_long' | 'outbox.full', title: string): Outcome<never> {
  return { ok: false, problem: clientProblem(code, title) };
}
