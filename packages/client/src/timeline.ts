// Decides how messages from pages, live events, catch-up and answers become one list: pure, in any order, each once.
import type { Changes, Message, RoomEvent } from '@parley/contract';

/** The events of a room's channel that change messages. */
export type MessageEvent = Extract<RoomEvent, { data: { message: Message } }>;

/**
 * What is known of a room's messages. `window` is a run of messages without a hole, ascending by `seq`; it is what
 * people see. `strays` are newer states and messages that do not touch the window yet.
 *
 * `applied` is the room's revision up to which every change has been worked in, `seen` the highest one heard of:
 * while `seen` is above `applied` something is missing. `ahead` holds events that wait for a missing one.
 */
export interface Timeline {
  readonly window: readonly Message[];
  readonly strays: ReadonlyMap<string, Message>;
  /** Highest revision among strays that were dropped for want of room; a page asked for before it may be out of date. */
  readonly dropped: number;
  readonly applied: number;
  readonly seen: number;
  /** `seq` of the room's newest known message. */
  readonly lastSeq: number;
  readonly ahead: ReadonlyMap<number, MessageEvent>;
  /** Whether the window is meant to reach the newest message. */
  readonly atTail: boolean;
  /** Whether the server said that nothing is older than the window. */
  readonly atStart: boolean;
  /** Grows whenever the window is replaced instead of extended. */
  readonly generation: number;
}

/** A page of messages with the revision that was applied when it was asked for. */
export interface LoadedPage {
  readonly messages: readonly Message[];
  readonly askedAt: number;
}

/** Greatest length of the window; beyond it the far end is let go and can be loaded again. */
export const MAX_WINDOW = 5_000;
/** Greatest number of strays and of waiting events. */
export const MAX_ASIDE = 1_000;

/** A timeline of which nothing is known. */
export const EMPTY_TIMELINE: Timeline = {
  window: [],
  strays: new Map(),
  dropped: 0,
  applied: 0,
  seen: 0,
  lastSeq: 0,
  ahead: new Map(),
  atTail: true,
  atStart: false,
  generation: 0,
};

/** Whether something has been missed, so that the log must be asked. */
export const needsCatchUp = (timeline: Timeline): boolean => timeline.seen > timeline.applied;

/** Whether there are messages before the window. */
export const hasOlder = (timeline: Timeline): boolean => {
  const first = timeline.window[0];
  return first !== undefined && first.seq > 1 && !timeline.atStart;
};

/** Whether there are messages after the window. */
export const hasNewer = (timeline: Timeline): boolean => {
  const last = timeline.window.at(-1);
  return last !== undefined && last.seq < timeline.lastSeq;
};

const highest = (messages: readonly Message[], of: 'seq' | 'revision', from: number): number =>
  messages.reduce((top, message) => Math.max(top, message[of]), from);

function newer(known: Message | undefined, other: Message): Message {
  return known !== undefined && known.revision >= other.revision ? known : other;
}

/** Index of `seq` in a run without holes; -1 when outside. */
function indexOf(window: readonly Message[], seq: number): number {
  const first = window[0];
  if (first === undefined) return -1;
  const index = seq - first.seq;
  return index >= 0 && index < window.length ? index : -1;
}

/** Drops the oldest states when there are too many strays. */
function boundStrays(timeline: Timeline): Timeline {
  if (timeline.strays.size <= MAX_ASIDE) return timeline;
  const byRevision = Array.from(timeline.strays.values()).toSorted((a, b) => b.revision - a.revision);
  const kept = byRevision.slice(0, MAX_ASIDE);
  const strays = new Map(kept.map((message) => [message.id, message]));
  return { ...timeline, strays, dropped: highest(byRevision.slice(MAX_ASIDE), 'revision', timeline.dropped) };
}

/** Moves strays that touch the window into it, at both ends. */
function absorb(timeline: Timeline): Timeline {
  if (timeline.strays.size === 0) return timeline;
  // A window that was loaded and is empty belongs to a room that was empty: it grows from the first message.
  if (timeline.window.length === 0 && timeline.generation === 0) return timeline;
  const low = timeline.window[0]?.seq ?? 1;
  const high = timeline.window.at(-1)?.seq ?? 0;
  const bySeq = new Map(Array.from(timeline.strays.values(), (message) => [message.seq, message]));
  const before: Message[] = [];
  const after: Message[] = [];
  for (let stray = bySeq.get(low - 1); stray !== undefined; stray = bySeq.get(stray.seq - 1)) before.push(stray);
  for (let stray = bySeq.get(high + 1); stray !== undefined; stray = bySeq.get(stray.seq + 1)) after.push(stray);
  if (before.length === 0 && after.length === 0) return timeline;
  const strays = new Map(timeline.strays);
  for (const message of [...before, ...after]) strays.delete(message.id);
  return { ...timeline, strays, window: [...before.toReversed(), ...timeline.window, ...after] };
}

/** Works in states of messages, wherever they belong. A higher revision always wins. */
function putAll(timeline: Timeline, messages: readonly Message[]): Timeline {
  if (messages.length === 0) return timeline;
  const window = Array.from(timeline.window);
  const strays = new Map(timeline.strays);
  for (const message of messages) {
    const index = indexOf(window, message.seq);
    if (index === -1) strays.set(message.id, newer(strays.get(message.id), message));
    else window[index] = newer(window[index], message);
  }
  const lastSeq = highest(messages, 'seq', timeline.lastSeq);
  return boundStrays(absorb({ ...timeline, window, strays, lastSeq }));
}

/** Applies waiting events that have become next in line, and forgets those that are past. */
function drain(timeline: Timeline): Timeline {
  if (timeline.ahead.size === 0) return timeline;
  const ahead = new Map(timeline.ahead);
  const messages: Message[] = [];
  let applied = timeline.applied;
  for (let event = ahead.get(applied + 1); event !== undefined; event = ahead.get(applied + 1)) {
    messages.push(event.data.message);
    applied += 1;
  }
  for (const seq of ahead.keys()) if (seq <= applied) ahead.delete(seq);
  return putAll({ ...timeline, ahead, applied }, messages);
}

/** Lets go of one end of a window that has grown too long. */
function bound(timeline: Timeline, keep: 'start' | 'end'): Timeline {
  const excess = timeline.window.length - MAX_WINDOW;
  if (excess <= 0) return timeline;
  const from = keep === 'end' ? excess : 0;
  const window = timeline.window.slice(from, from + MAX_WINDOW);
  const gone = keep === 'end' ? timeline.window.slice(0, excess) : timeline.window.slice(MAX_WINDOW);
  const dropped = highest(gone, 'revision', timeline.dropped);
  return { ...timeline, window, dropped, ...(keep === 'end' ? { atStart: false } : { atTail: false }) };
}

/** Puts `messages`, a run without holes, in the place of the window; newer states that are known already win. */
function replaceWindow(timeline: Timeline, messages: readonly Message[]): Timeline {
  const shared = timeline.window.filter((message) => indexOf(messages, message.seq) !== -1);
  const replaced: Timeline = {
    ...timeline,
    window: messages,
    strays: new Map(),
    dropped: highest(timeline.window, 'revision', timeline.dropped),
    lastSeq: highest(messages, 'seq', timeline.lastSeq),
    atStart: false,
    generation: timeline.generation + 1,
  };
  return putAll(replaced, [...timeline.strays.values(), ...shared]);
}

/**
 * Applies a live event. The next revision is worked in; an old one is a duplicate and changes nothing; one beyond
 * the next waits, and {@link needsCatchUp} becomes true.
 */
export function applyEvent(timeline: Timeline, event: MessageEvent): Timeline {
  if (event.seq <= timeline.applied) return timeline;
  const seen = Math.max(timeline.seen, event.seq);
  if (event.seq === timeline.applied + 1) {
    const next = putAll({ ...timeline, applied: event.seq, seen }, [event.data.message]);
    return bound(drain(next), 'end');
  }
  // What does not fit is fetched by the catch-up, which `seen` demands.
  if (timeline.ahead.size >= MAX_ASIDE) return { ...timeline, seen };
  return { ...timeline, seen, ahead: new Map(timeline.ahead).set(event.seq, event) };
}

/**
 * Applies one page of what changed since {@link Timeline.applied}. Without `hasMore` the room's newest revision has
 * been reached.
 *
 * @param since the revision that the page was asked for; a page that begins after what is applied is ignored, and
 * so is one that is older than what was let go of
 */
export function applyChanges(timeline: Timeline, changes: Changes, since: number): Timeline {
  if (since > timeline.applied || changes.revision < timeline.dropped) return timeline;
  const reached = changes.hasMore ? highest(changes.messages, 'revision', since) : Math.max(changes.revision, since);
  const applied = Math.max(timeline.applied, reached);
  const lastSeq = Math.max(timeline.lastSeq, changes.lastSeq);
  const seen = Math.max(timeline.seen, changes.revision, applied);
  return bound(drain(putAll({ ...timeline, applied, lastSeq, seen }, changes.messages)), 'end');
}

/** Works in one message that the server answered to a send, an edit or a deletion. */
export function applyAnswer(timeline: Timeline, message: Message): Timeline {
  const isKnown = indexOf(timeline.window, message.seq) !== -1 || timeline.strays.has(message.id);
  // A later state of it may have been let go of; if it is wanted again, a page brings it.
  if (!isKnown && message.revision < timeline.dropped) return timeline;
  const next = putAll(timeline, [message]);
  if (message.revision !== timeline.applied + 1) return next;
  return drain({ ...next, applied: message.revision, seen: Math.max(next.seen, message.revision) });
}

/**
 * Begins anew with the newest page, whatever was known: for a first look, and after too long an absence.
 *
 * The page is one snapshot of the room and revisions have no gaps, so everything up to the page's highest revision is
 * in it: that far {@link Timeline.applied} moves. What was known of other messages may have missed a change and goes.
 */
export function resetTo(timeline: Timeline, page: LoadedPage): Timeline {
  const applied = highest(page.messages, 'revision', timeline.applied);
  // The page tells nothing that is newer than what was worked in: there is no absence to make up for.
  if (applied === timeline.applied) return showNewest(timeline, page.messages);
  const fresh = Array.from(timeline.strays).filter(([, message]) => message.revision > applied);
  const base = { ...timeline, strays: new Map(fresh), applied, seen: Math.max(timeline.seen, applied) };
  const replaced = replaceWindow(base, page.messages);
  return drain({ ...replaced, dropped: Math.max(replaced.dropped, applied), atTail: true });
}

/** Puts the newest page on show: it joins the window when they touch, else it takes its place. */
export const applyNewest = (timeline: Timeline, page: LoadedPage): Timeline =>
  timeline.generation === 0 ? resetTo(timeline, page) : showNewest(timeline, page.messages);

function showNewest(timeline: Timeline, messages: readonly Message[]): Timeline {
  if (touches(timeline.window, messages)) return bound({ ...putAll(timeline, messages), atTail: true }, 'end');
  // The page was read before what is on show was written: two requests came back in the other order.
  if ((messages.at(-1)?.seq ?? 0) < (timeline.window.at(-1)?.seq ?? 0)) return timeline;
  return { ...replaceWindow(timeline, messages), atTail: true };
}

/** Whether two runs overlap or follow each other without a hole. */
function touches(window: readonly Message[], messages: readonly Message[]): boolean {
  const [low, high, first, last] = [window[0], window.at(-1), messages[0], messages.at(-1)];
  if (low === undefined || high === undefined || first === undefined || last === undefined) return false;
  return first.seq <= high.seq + 1 && last.seq >= low.seq - 1;
}

/**
 * Whether a page may miss a change that was applied, and let go of, while the page was under way. Such a page must
 * be asked for again.
 */
export const isOutOfDate = (timeline: Timeline, page: LoadedPage): boolean => page.askedAt < timeline.dropped;

/**
 * Extends the window by a page that touches it. A page around a message that does not touch replaces the window; one
 * of older or newer messages belongs to a window that has been replaced meanwhile, and is ignored.
 *
 * @param side which end to keep when the window becomes too long: loading older ones keeps the start
 */
export function applyPage(timeline: Timeline, page: LoadedPage, side: 'older' | 'newer' | 'around'): Timeline {
  if (page.messages.length === 0) return side === 'older' ? { ...timeline, atStart: true } : timeline;
  if (!touches(timeline.window, page.messages)) {
    if (side !== 'around') return timeline;
    const replaced = replaceWindow(timeline, page.messages);
    return { ...replaced, atTail: !hasNewer(replaced) };
  }
  const merged = bound(putAll(timeline, page.messages), side === 'older' ? 'start' : 'end');
  return side === 'older' ? merged : { ...merged, atTail: merged.atTail || !hasNewer(merged) };
}
