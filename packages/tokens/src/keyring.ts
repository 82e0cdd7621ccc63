// Decides which keys stand behind a kind of token: which one signs today, and which still verify.
import type { Algorithm, KeyMaterial } from './algorithm.ts';
import { algorithms, isAlgorithm, isSameKey, randomName, thumbprint } from './algorithms.ts';
import { isNumericDate } from './claim-rules.ts';
import type { TokenKind } from './claims.ts';
import { symmetricKey } from './hmac.ts';
import type { JsonObject } from './parse.ts';
import type { KeyProblem } from './problems.ts';
import { checkSecret, minSecretBytes } from './secrets.ts';
import type { SecretAlgorithm } from './secrets.ts';

/** Where a key stands in its life: `next` and `retired` only verify, `revoked` does neither. */
export type KeyState = 'next' | 'current' | 'retired' | 'revoked';

/** A key of a ring. */
export interface RingKey {
  readonly kid: string;
  readonly alg: Algorithm;
  readonly state: KeyState;
  readonly key: KeyMaterial;
  /** When it came into its state, in Unix seconds; absent: before anybody wrote it down. */
  readonly since?: number;
}

/** The keys of one kind of token. Look-ups are in memory and never fetch. */
export interface Keyring {
  readonly kind: TokenKind;
  /** The one key that signs, or undefined: then nothing can be signed, and the server is not ready. */
  current(): RingKey | undefined;
  find(kid: string): RingKey | undefined;
  keys(): readonly RingKey[];
  /**
   * Puts other keys in place at once, for rotation and revocation; signers and verifiers see them with the next token.
   *
   * @throws TypeError for keys that `createKeyring` refuses; the old keys stay
   */
  replace(keys: readonly RingKey[]): void;
}

/** A ring's upper bound; revoked keys may go, for an unknown key id is refused as well. */
export const maxKeysPerRing = 256;

const kidSyntax = /^[A-Za-z0-9_-]{1,64}$/;

/** Whether a value is a key id: 1 to 64 characters of the base64url alphabet. */
export const isKid = (value: unknown): value is string => typeof value === 'string' && kidSyntax.test(value);

/** Whether a value names a state of a key. */
export const isKeyState = (value: unknown): value is KeyState =>
  value === 'next' || value === 'current' || value === 'retired' || value === 'revoked';

/**
 * Makes a ring.
 *
 * @throws TypeError for malformed ids, ids or key material used twice, two current keys, more than 256 keys
 */
export function createKeyring(kind: TokenKind, keys: readonly RingKey[]): Keyring {
  let byKid = indexKeys(kind, keys);
  let signing = keys.find((key) => key.state === 'current');
  return {
    kind,
    current: () => signing,
    find: (kid) => byKid.get(kid),
    keys: () => [...byKid.values()],
    replace(others) {
      byKid = indexKeys(kind, others);
      signing = others.find((key) => key.state === 'current');
    },
  };
}

function indexKeys(kind: TokenKind, keys: readonly RingKey[]): Map<string, RingKey> {
  const problem = findRingProblem(keys);
  if (problem !== undefined) throw new TypeError(`the ring "${kind}" is refused: ${problem}`);
  return new Map(keys.map((key) => [key.kid, key]));
}

/** What is wrong with keys as one ring, or undefined. Key material is compared pairwise: rings are short. */
export function findRingProblem(keys: readonly RingKey[]): KeyProblem | undefined {
  if (keys.length > maxKeysPerRing) return 'too_many_keys';
  if (!keys.every((key) => isKid(key.kid))) return 'bad_kid';
  if (new Set(keys.map((key) => key.kid)).size < keys.length) return 'duplicate_kid';
  if (keys.filter((key) => key.state === 'current').length > 1) return 'two_current_keys';
  return shareKey(keys) ? 'duplicate_key' : undefined;
}

/** Whether any two of these keys, of one ring or of several, are the same material. */
export const shareKey = (keys: readonly RingKey[]): boolean =>
  keys.some((left, at) => keys.slice(at + 1).some((right) => isSameKey(left.key, right.key)));

/** Makes a new random key. Its id is the RFC 7638 thumbprint, or random where the key is symmetric. */
export const generateKey = (alg: Algorithm, state: KeyState): RingKey => named(alg, state, algorithms[alg].generate());

/** The same without holding up the event loop, for a server that answers meanwhile: RSA keys take long. */
export const generateKeyBeside = async (alg: Algorithm, state: KeyState): Promise<RingKey> =>
  named(alg, state, await algorithms[alg].generateBeside());

function named(alg: Algorithm, state: KeyState, key: KeyMaterial): RingKey {
  const row = algorithms[alg];
  const kid = row.symmetric ? randomName(12) : thumbprint(row.toJwk(key, 'public'));
  return { kid, alg, state, key };
}

/** Makes a random secret in base64url, as for `JWT_SECRET` or Centrifugo's `hmac_secret_key`: long enough for `alg`. */
export const generateSecret = (alg: SecretAlgorithm = 'HS256'): string => randomName(minSecretBytes[alg]);

/**
 * Makes the current key of a ring from a secret given as text, as in `JWT_SECRET`; its UTF-8 bytes are the key.
 *
 * @param kid the same on every node that shares the secret
 */
export function keyFromSecret(
  secret: string,
  kid: string,
  alg: SecretAlgorithm = 'HS256',
): { ok: true; key: RingKey } | { ok: false; problem: KeyProblem } {
  if (!isKid(kid)) return { ok: false, problem: 'bad_kid' };
  const problem = checkSecret(secret, alg);
  if (problem !== undefined) return { ok: false, problem };
  return { ok: true, key: { kid, alg, state: 'current', key: symmetricKey(Buffer.from(secret, 'utf8')) } };
}

/** Whether a value is the time at which a key came into its state, or says nothing of it. */
export const isSince = (value: unknown): value is number | undefined => value === undefined || isNumericDate(value);

/** Reads a key from a JWK with `kid`, `alg` and our own members `state` and `since`; further members are ignored. */
export function keyFromJwk(jwk: JsonObject): { ok: true; key: RingKey } | { ok: false; problem: KeyProblem } {
  const { kid, alg, state, use, since } = jwk;
  if (!isKid(kid)) return { ok: false, problem: 'bad_kid' };
  if (!isKeyState(state)) return { ok: false, problem: 'bad_state' };
  if (!isSince(since)) return { ok: false, problem: 'bad_state' };
  if (!isAlgorithm(alg)) return { ok: false, problem: 'bad_algorithm' };
  if (use !== undefined && use !== 'sig') return { ok: false, problem: 'bad_key' };
  const row = algorithms[alg];
  const imported = row.fromJwk(jwk);
  if (!imported.ok) return imported;
  const { key } = imported;
  if (!row.symmetric && thumbprint(row.toJwk(key, 'public')) !== kid)
    return { ok: false, problem: 'kid_not_thumbprint' };
  return { ok: true, key: { kid, alg, state, key, ...(since === undefined ? {} : { since }) } };
}

/** A public key as it is published. */
export interface PublicJwk {
  readonly [member: string]: string;
}

/**
 * The keys of a ring that others need to verify our tokens, as a JWK set. Symmetric keys, revoked keys and private
 * members are never in it: a ring with symmetric keys only gives an empty set.
 */
export function publicJwks(ring: Keyring): { keys: PublicJwk[] } {
  const published = ring.keys().filter((key) => key.state !== 'revoked' && !algorithms[key.alg].symmetric);
  return {
    keys: published.map(({ kid, alg, key }) => ({ ...algorithms[alg].toJwk(key, 'public'), kid, alg, use: 'sig' })),
  };
}
