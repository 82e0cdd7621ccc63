// Decides when keys are fetched: shared by all who wait, not too often, and what is known survives a failing source.
import type { ForeignKey } from './foreign-algorithms.ts';
import type { Clock } from './clock.ts';
import { maxKidLength, parseKeySet } from './jwks-keys.ts';
import type { KeySet } from './jwks-keys.ts';
import { JwksFetchError } from './jwks.ts';
import type { FetchText } from './jwks.ts';

/** The keys under an id, or why there are none: the set does not have it, or the set cannot be had now. */
export type KeyLookup =
  | { ok: true; keys: readonly ForeignKey[] }
  | { ok: false; problem: 'unknown_key' | 'unavailable' };

/** Times and bounds of the cache. */
export interface JwksCacheSettings {
  /** How long a fetched set is believed; after it, it is fetched again. */
  readonly keysMs: number;
  /** How long after that its keys go on working if it cannot be fetched. */
  readonly staleMs: number;
  /** How long the same address is left alone after a fetch that failed, and after `burst` fetches that did not. */
  readonly coolDownMs: number;
  /** Fetches of one address that may follow each other at once, so that a new key is found when it first signs. */
  readonly burst: number;
  /** How long an id that is not in the set is refused without a fetch. */
  readonly unknownMs: number;
  /** Addresses that are remembered; the one that was not used for longest goes first. */
  readonly maxEndpoints: number;
  /** Unknown ids remembered for each address; the oldest goes first. */
  readonly maxUnknown: number;
  /** Fetches at a time, of all addresses. */
  readonly maxFetches: number;
}

/** What is used where nothing else is said. */
export const jwksCacheDefaults: JwksCacheSettings = {
  keysMs: 3_600_000,
  staleMs: 86_400_000,
  coolDownMs: 30_000,
  burst: 3,
  unknownMs: 60_000,
  maxEndpoints: 64,
  maxUnknown: 512,
  maxFetches: 8,
};

/** What the cache needs of the world. */
export interface JwksPorts {
  readonly clock: Clock;
  readonly fetchText: FetchText;
  /** Told once for each failed fetch; the address comes without its query. */
  readonly onFailure: (address: string, reason: string) => void;
}

/** Answers at once from memory, or with a promise if it has to fetch. An absent key id is the empty text. */
export type FindKeys = (address: string, kid: string) => KeyLookup | Promise<KeyLookup>;

interface Entry {
  keys: KeySet;
  /** Unix milliseconds; undefined until it was. */
  loadedAtMs: number | undefined;
  /** Fetches that are left, as of a time in Unix milliseconds; one comes back with every cool-down. */
  allowance: { count: number; atMs: number };
  loading: Promise<boolean> | undefined;
  /** Until when an id is refused without a fetch, the oldest first. */
  readonly unknownUntilMs: Map<string, number>;
}

const unavailable: KeyLookup = { ok: false, problem: 'unavailable' };
const unknownKey: KeyLookup = { ok: false, problem: 'unknown_key' };

/** Makes the function that finds keys by address and id. Each instance has a memory of its own. */
export function createJwksCache(ports: JwksPorts, settings: JwksCacheSettings = jwksCacheDefaults): FindKeys {
  const entries = new Map<string, Entry>();
  let fetches = 0;

  const load = async (address: string, entry: Entry): Promise<boolean> => {
    fetches += 1;
    try {
      const keys = await fetchKeys(ports, address);
      if (keys === undefined) {
        entry.allowance = { count: 0, atMs: ports.clock.now() };
        return false;
      }
      entry.keys = keys;
      entry.loadedAtMs = ports.clock.now();
      return true;
    } finally {
      fetches -= 1;
      entry.loading = undefined;
    }
  };

  return (address, kid) => {
    if (kid.length > maxKidLength) return unknownKey;
    const now = ports.clock.now();
    const entry = useEntry(entries, address, {
      max: settings.maxEndpoints,
      allowance: { count: settings.burst, atMs: now },
    });
    const known = findKeys(entry, kid, { now, ...settings });
    if (known !== undefined && isWithin(now, entry.loadedAtMs, settings.keysMs)) return { ok: true, keys: known };
    if (known === undefined && (entry.unknownUntilMs.get(kid) ?? 0) > now) return unknownKey;
    if (entry.loading === undefined) {
      // Without a fetch nobody can say whether a key was added since: a client that is told so comes back.
      if (fetches >= settings.maxFetches || !takeAllowance(entry, now, settings)) {
        return known === undefined ? unavailable : { ok: true, keys: known };
      }
      entry.loading = load(address, entry);
    }
    return entry.loading.then((isLoaded) => {
      const found = findKeys(entry, kid, { now: ports.clock.now(), ...settings });
      if (found !== undefined) return { ok: true, keys: found };
      if (!isLoaded) return unavailable;
      rememberUnknown(entry, kid, { untilMs: ports.clock.now() + settings.unknownMs, max: settings.maxUnknown });
      return unknownKey;
    });
  };
}

/** False as well when the clock has been set back. */
const isWithin = (nowMs: number, sinceMs: number | undefined, spanMs: number): boolean =>
  sinceMs !== undefined && sinceMs <= nowMs && nowMs - sinceMs < spanMs;

/** The keys under an id, unless they are too old even for a source that fails. */
function findKeys(
  { keys, loadedAtMs }: Entry,
  kid: string,
  { now, keysMs, staleMs }: { now: number; keysMs: number; staleMs: number },
): readonly ForeignKey[] | undefined {
  return isWithin(now, loadedAtMs, keysMs + staleMs) ? keys.get(kid) : undefined;
}

function takeAllowance(entry: Entry, nowMs: number, { coolDownMs, burst }: JwksCacheSettings): boolean {
  const { count, atMs } = entry.allowance;
  const returned = atMs > nowMs ? burst : Math.floor((nowMs - atMs) / coolDownMs);
  const left = Math.min(burst, count + returned);
  if (left < 1) return false;
  entry.allowance = { count: left - 1, atMs: left === burst ? nowMs : atMs + returned * coolDownMs };
  return true;
}

function useEntry(
  entries: Map<string, Entry>,
  address: string,
  { max, allowance }: { max: number; allowance: Entry['allowance'] },
): Entry {
  const entry = entries.get(address) ?? {
    keys: new Map(),
    loadedAtMs: undefined,
    allowance,
    loading: undefined,
    unknownUntilMs: new Map(),
  };
  // Put at the end, so that the first one is the one that was not used for longest.
  entries.delete(address);
  entries.set(address, entry);
  dropFirstAbove(entries, max);
  return entry;
}

function rememberUnknown(entry: Entry, kid: string, { untilMs, max }: { untilMs: number; max: number }): void {
  entry.unknownUntilMs.delete(kid);
  entry.unknownUntilMs.set(kid, untilMs);
  dropFirstAbove(entry.unknownUntilMs, max);
}

function dropFirstAbove(map: Map<string, unknown>, max: number): void {
  for (const key of map.keys()) {
    if (map.size <= max) return;
    map.delete(key);
  }
}

async function fetchKeys({ fetchText, onFailure }: JwksPorts, address: string): Promise<KeySet | undefined> {
  const fail = (reason: string): undefined => {
    const { origin, pathname } = new URL(address);
    onFailure(`${origin}${pathname}`, reason);
    return undefined;
  };
  try {
    return parseKeySet(await fetchText(address)) ?? fail('the answer is no JWK set');
  } catch (error) {
    if (error instanceof JwksFetchError) return fail(error.message);
    throw error;
  }
}
