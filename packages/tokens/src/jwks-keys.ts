// Decides which keys of a JWK set stand behind signatures, and under which key id.
import { foreignKeyFromJwk } from './foreign-algorithms.ts';
import type { ForeignAlgorithm, ForeignKey } from './foreign-algorithms.ts';
import { isObject } from './parse.ts';
import type { JsonObject } from './parse.ts';

/** Keys by `kid`; those without one stand under the empty text. Several may share an id, as one for each algorithm. */
export type KeySet = ReadonlyMap<string, readonly ForeignKey[]>;

/** How many keys of a set are looked at. */
export const maxKeysPerSet = 256;
/** The longest key id, in UTF-16 units. */
export const maxKidLength = 256;

/**
 * Reads a JWK set. Keys for encryption, symmetric keys, broken ones and those of kinds that are not known are left out;
 * whatever stands beside the keys is ignored.
 *
 * @returns undefined if the text is no JWK set
 */
export function parseKeySet(text: string): KeySet | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // the caller says that the endpoint does not answer with a JWK set
  }
  const listed: unknown = isObject(value) ? value.keys : undefined;
  if (!Array.isArray(listed)) return undefined;
  const keys = new Map<string, ForeignKey[]>();
  for (const jwk of listed.slice(0, maxKeysPerSet).filter(isObject)) {
    const { kid = '' } = jwk;
    const key = typeof kid === 'string' && kid.length <= maxKidLength ? readSigningKey(jwk) : undefined;
    if (key === undefined || typeof kid !== 'string') continue;
    keys.set(kid, [...(keys.get(kid) ?? []), key]);
  }
  return keys;
}

function readSigningKey(jwk: JsonObject): ForeignKey | undefined {
  if (jwk.use !== undefined && jwk.use !== 'sig') return undefined;
  if (jwk.key_ops !== undefined && !(Array.isArray(jwk.key_ops) && jwk.key_ops.includes('verify'))) return undefined;
  const key = foreignKeyFromJwk(jwk);
  if (key === undefined || jwk.alg === undefined) return key;
  // RFC 9864 has a second name for the one curve of ours.
  const alg = jwk.alg === 'Ed25519' ? 'EdDSA' : jwk.alg;
  const algorithms: readonly ForeignAlgorithm[] = key.algorithms.filter((known) => known === alg);
  return algorithms.length === 0 ? undefined : { ...key, algorithms };
}
