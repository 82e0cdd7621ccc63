// Decides how a key goes through its life: next, current, retired, gone; or revoked, at any time.
import { maxKeysPerRing } from './keyring.ts';
import type { KeyState } from './keyring.ts';

/** What rotation knows of a key, of whatever kind. */
export interface LivedKey {
  readonly kid: string;
  readonly state: KeyState;
  /** When it came into its state, in Unix seconds. */
  readonly since?: number;
}

/** The keys after a step, or why there is none. */
export type Moved<K> =
  | { ok: true; keys: readonly K[] }
  | { ok: false; problem: 'unknown_kid' | 'no_next' | 'not_next' | 'is_current' | 'is_revoked' };

/** What happened to one key, as it is audited. */
export interface KeyChange {
  readonly kid: string;
  readonly change: 'created' | 'promoted' | 'retired' | 'revoked' | 'removed';
}

/** How a ring rotates by itself, in seconds. */
export interface RotationRules {
  /** How long a key signs. */
  readonly intervalSeconds: number;
  /** How long a key is known before it signs: as long as others may keep the published set. */
  readonly leadSeconds: number;
  /** How long a key verifies after it has signed: longer than any token lives. */
  readonly retiredSeconds: number;
}

const at = <K extends LivedKey>(key: K, state: KeyState, nowSeconds: number): K => ({
  ...key,
  state,
  since: nowSeconds,
});

/** Adds a key that verifies already and signs later. */
export const addNext = <K extends LivedKey>(keys: readonly K[], made: K, nowSeconds: number): readonly K[] =>
  bounded([...keys, at(made, 'next', nowSeconds)]);

/** Makes a key current at once; the one before verifies on. */
export const rotateTo = <K extends LivedKey>(keys: readonly K[], made: K, nowSeconds: number): readonly K[] =>
  bounded([at(made, 'current', nowSeconds), ...retireCurrent(keys, nowSeconds)]);

/** Makes a next key current: the named one, or the one that has been next for longest. The one before verifies on. */
export function promote<K extends LivedKey>(keys: readonly K[], kid: string | undefined, nowSeconds: number): Moved<K> {
  const chosen = kid === undefined ? oldestNext(keys) : keys.find((key) => key.kid === kid);
  if (chosen === undefined) return { ok: false, problem: kid === undefined ? 'no_next' : 'unknown_kid' };
  if (chosen.state !== 'next') return { ok: false, problem: 'not_next' };
  return { ok: true, keys: exchange(retireCurrent(keys, nowSeconds), at(chosen, 'current', nowSeconds)) };
}

/** Lets a key verify only. The current one cannot be retired without another in its place. */
export function retire<K extends LivedKey>(keys: readonly K[], kid: string, nowSeconds: number): Moved<K> {
  const chosen = keys.find((key) => key.kid === kid);
  if (chosen === undefined) return { ok: false, problem: 'unknown_kid' };
  if (chosen.state === 'current') return { ok: false, problem: 'is_current' };
  if (chosen.state === 'revoked') return { ok: false, problem: 'is_revoked' };
  return { ok: true, keys: chosen.state === 'retired' ? keys : exchange(keys, at(chosen, 'retired', nowSeconds)) };
}

/**
 * Refuses whatever a key has signed, at once. In the place of a current key comes the oldest next one, or `fresh`.
 *
 * @param fresh used only if the key is current and there is no next one
 */
export function revoke<K extends LivedKey>(
  keys: readonly K[],
  { kid, fresh }: { kid: string; fresh: K },
  nowSeconds: number,
): Moved<K> {
  const chosen = keys.find((key) => key.kid === kid);
  if (chosen === undefined) return { ok: false, problem: 'unknown_kid' };
  if (chosen.state === 'revoked') return { ok: true, keys };
  const rest = exchange(keys, at(chosen, 'revoked', nowSeconds));
  if (chosen.state !== 'current') return { ok: true, keys: rest };
  const heir = oldestNext(rest);
  return heir === undefined
    ? { ok: true, keys: rotateTo(rest, fresh, nowSeconds) }
    : { ok: true, keys: exchange(rest, at(heir, 'current', nowSeconds)) };
}

/**
 * Moves keys whose time has come. A key without a time counts from now on.
 *
 * @returns the keys, and whether a next one is wanted
 */
export function followSchedule<K extends LivedKey>(
  keys: readonly K[],
  rules: RotationRules,
  nowSeconds: number,
): { keys: readonly K[]; wantsNext: boolean } {
  const { intervalSeconds, leadSeconds, retiredSeconds } = rules;
  const age = (key: LivedKey): number => nowSeconds - (key.since ?? nowSeconds);
  const dated = keys.map((key) => (key.since === undefined ? { ...key, since: nowSeconds } : key));
  const kept = dated.filter((key) => key.state !== 'retired' || age(key) < retiredSeconds);
  const current = kept.find((key) => key.state === 'current');
  const next = oldestNext(kept);
  const isDue = current === undefined || age(current) >= intervalSeconds;
  const promoted =
    isDue && next !== undefined && age(next) >= leadSeconds ? promote(kept, next.kid, nowSeconds) : undefined;
  if (promoted?.ok === true) return { keys: promoted.keys, wantsNext: false };
  const isNear = current === undefined || age(current) >= intervalSeconds - leadSeconds;
  return { keys: kept, wantsNext: next === undefined && isNear };
}

/** What happened to the keys of a ring between two states of it. */
export function changesBetween(before: readonly LivedKey[], after: readonly LivedKey[]): KeyChange[] {
  const old = new Map(before.map((key) => [key.kid, key.state]));
  const kept = new Set(after.map((key) => key.kid));
  const changes = after.flatMap(({ kid, state }): KeyChange[] => {
    const was = old.get(kid);
    const created: KeyChange[] = was === undefined ? [{ kid, change: 'created' }] : [];
    return was === state || state === 'next' ? created : [...created, { kid, change: arrival[state] }];
  });
  const removed = before.filter((key) => !kept.has(key.kid));
  return [...changes, ...removed.map(({ kid }): KeyChange => ({ kid, change: 'removed' }))];
}

const arrival = { current: 'promoted', retired: 'retired', revoked: 'revoked' } as const;

function oldestNext<K extends LivedKey>(keys: readonly K[]): K | undefined {
  return keys
    .filter((key) => key.state === 'next')
    .toSorted((left, right) => (left.since ?? 0) - (right.since ?? 0))[0];
}

const retireCurrent = <K extends LivedKey>(keys: readonly K[], nowSeconds: number): readonly K[] =>
  keys.map((key) => (key.state === 'current' ? at(key, 'retired', nowSeconds) : key));

const exchange = <K extends LivedKey>(keys: readonly K[], changed: K): readonly K[] =>
  keys.map((key) => (key.kid === changed.kid ? changed : key));

/** Drops the oldest revoked keys above the bound of a ring: an unknown key id is refused as well. */
function bounded<K extends LivedKey>(keys: readonly K[]): readonly K[] {
  const surplus = keys.length - maxKeysPerRing;
  if (surplus <= 0) return keys;
  const revoked = keys.filter((key) => key.state === 'revoked');
  const dropped = new Set(revoked.toSorted((left, right) => (left.since ?? 0) - (right.since ?? 0)).slice(0, surplus));
  return keys.filter((key) => !dropped.has(key));
}
