// Decides the names of all refusals of this package, and the words that people read for them.

/**
 * Why a token was refused. For the log only: callers get one generic answer, except that `expired` may be told apart
 * from the rest so that a client knows to ask for a new token.
 *
 * - `too_long`, `malformed`, `encoding`, `json`: the text is no strict compact JWT.
 * - `header`, `algorithm`, `typ`: the header asks for something that this verifier does not do.
 * - `unknown_key`, `revoked_key`, `signature`: no key of the ring stands behind it.
 * - `claims`: a claim is missing, of a wrong type, out of range or forbidden for this kind.
 * - `issuer`, `audience`: signed by a known key, but meant for somebody else.
 * - `expired`, `not_yet_valid`, `lifetime`: the times do not fit the clock, or the life is longer than allowed.
 */
export type TokenProblem =
  | 'too_long'
  | 'malformed'
  | 'encoding'
  | 'json'
  | 'header'
  | 'algorithm'
  | 'typ'
  | 'unknown_key'
  | 'revoked_key'
  | 'signature'
  | 'claims'
  | 'issuer'
  | 'audience'
  | 'expired'
  | 'not_yet_valid'
  | 'lifetime';

/** The same for tokens of others; `unavailable`: their key could not be fetched, so nobody knows. */
export type ForeignProblem = TokenProblem | 'unavailable';

/** A refused token. */
export interface Refused {
  ok: false;
  problem: TokenProblem;
}

/** Why an HMAC secret is refused. */
export type SecretProblem = 'well_known' | 'too_short' | 'low_entropy';

/** Why a key, a ring or a file of rings is refused. */
export type KeyProblem =
  | SecretProblem
  | 'not_json'
  | 'unknown_ring'
  | 'missing_ring'
  | 'bad_ring'
  | 'bad_kid'
  | 'bad_state'
  | 'bad_algorithm'
  | 'bad_key'
  | 'weak_point'
  | 'weak_rsa'
  | 'halves_differ'
  | 'kid_not_thumbprint'
  | 'duplicate_kid'
  | 'duplicate_key'
  | 'two_current_keys'
  | 'too_many_keys';

const keyProblemWords: Record<KeyProblem, string> = {
  well_known: 'the secret is a well-known example; make a new one with `parley keys generate`',
  too_short:
    'the secret is shorter than its algorithm asks for (32 random bytes for HS256, 48 for HS384, 64 for HS512); make a new one with `parley keys generate`',
  low_entropy: 'the secret is not random (a repetition or a sequence); make a new one with `parley keys generate`',
  not_json: 'the text is not valid JSON, or names a member twice; restore the file or make a new one',
  unknown_ring:
    'the ring has a name that is not known; the rings are access, connection, subscription, device, pepper and vault',
  missing_ring: 'a ring is missing; the rings are access, connection, subscription, device, pepper and vault',
  bad_ring: 'a ring has to be an object with a list called "keys"',
  bad_kid: 'the key id has to be 1 to 64 characters of A-Z a-z 0-9 _ -',
  bad_state: 'the state has to be next, current, retired or revoked',
  bad_algorithm: 'the algorithm is not supported; use HS256, HS384, HS512, RS256, PS256, ES256, ES384 or EdDSA',
  bad_key: 'the key does not have the members that its algorithm needs',
  weak_point: 'the public key is a weak point, not canonical, or not on its curve; make a new key',
  weak_rsa:
    'the RSA key needs an odd modulus of 2048 to 8192 bits without the ROCA flaw and an odd exponent from 65537; make a new key',
  halves_differ: 'the public and the private half of the key do not belong together',
  kid_not_thumbprint: 'the id of an asymmetric key has to be its RFC 7638 thumbprint',
  duplicate_kid: 'two keys have the same id',
  duplicate_key: 'the same key material is used twice; every ring needs keys of its own',
  two_current_keys: 'a ring may have only one current key',
  too_many_keys: 'a ring may have at most 256 keys; remove the oldest revoked ones',
};

/** One sentence for an operator: what is wrong with a key or secret and what to do. Never contains key material. */
export const keyProblemText = (problem: KeyProblem): string => keyProblemWords[problem];

/** The words for the log and for a client: a token that is only too old is told apart, nothing else is. */
export const tokenProblemText = (problem: ForeignProblem): 'token expired' | 'invalid token' =>
  problem === 'expired' ? 'token expired' : 'invalid token';
