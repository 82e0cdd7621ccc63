// Decides which events a flood may not write one by one: the first of a kind is written, the next counts the others.
import type { AuditEntry } from './ports.ts';
import type { AuditEventName } from './events.ts';

/** Kinds that strangers can cause as often as they like, and for how long one of them speaks for the rest, in ms. */
const SAMPLED: Partial<Record<AuditEventName, number>> = {
  'token.rejected': 10_000,
  'token.connection_issued': 10_000,
  'token.subscription_issued': 10_000,
  'token.subscription_denied': 10_000,
  'scope.denied': 10_000,
  'csrf.rejected': 10_000,
  'cors.rejected': 60_000,
  'ratelimit.exceeded': 60_000,
};

/** Kinds that are remembered at once; beyond it the oldest is forgotten, and its next event is written. */
const MAX_KINDS = 10_000;

/** Lets an event through, or keeps it for the count of the next one. */
export interface Sampler {
  /** @returns the event as it is to be written; undefined when an equal one was written a moment ago */
  sample(entry: AuditEntry, now: number): AuditEntry | undefined;
}

/**
 * Makes the sampler. Events are of one kind when name, reason, source and person are the same. What a written one did
 * not say, the next says as `suppressed`.
 */
export function createSampler(): Sampler {
  const kinds = new Map<string, { until: number; suppressed: number }>();
  return {
    sample(entry, now) {
      const windowMs = SAMPLED[entry.name];
      if (windowMs === undefined) return entry;
      const kind = [entry.name, entry.reason, entry.requester.source, entry.actorId].join('\n');
      const known = kinds.get(kind);
      // A clock that went back must not silence a kind for longer than its window.
      if (known !== undefined && now < known.until && now >= known.until - windowMs) {
        known.suppressed += 1;
        return undefined;
      }
      kinds.delete(kind);
      kinds.set(kind, { until: now + windowMs, suppressed: 0 });
      const [oldest] = kinds.keys();
      if (kinds.size > MAX_KINDS && oldest !== undefined) kinds.delete(oldest);
      const suppressed = known?.suppressed ?? 0;
      return suppressed === 0 ? entry : { ...entry, details: { ...entry.details, suppressed } };
    },
  };
}
