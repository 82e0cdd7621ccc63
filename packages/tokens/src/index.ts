// Lists every public name of the token library.
export { thumbprint } from './algorithms.ts';
export type { Algorithm, KeyMaterial } from './algorithms.ts';
export type {
  AccessClaims,
  ClaimsOf,
  CommonClaims,
  ConnectionClaims,
  SubscriptionClaims,
  TokenKind,
} from './claims.ts';
export type { Clock } from './clock.ts';
export { generateConnectionToken } from './connection-token.ts';
export { createForeignVerifier } from './foreign-verify.ts';
export type {
  ForeignCommonClaims,
  ForeignConnectionClaims,
  ForeignSecret,
  ForeignSettings,
  ForeignSubscriptionClaims,
  ForeignVerified,
} from './foreign-verify.ts';
export { generateKeyrings, parseKeyrings, serialiseKeyrings } from './key-file.ts';
export type { Keyrings, LoadedKeyrings } from './key-file.ts';
export {
  createKeyring,
  generateKey,
  generateSecret,
  keyFromJwk,
  keyFromSecret,
  publicJwks,
  shareKey,
} from './keyring.ts';
export type { Keyring, KeyState, PublicJwk, RingKey } from './keyring.ts';
export { parseLifetime } from './lifetime.ts';
export type { JsonObject } from './parse.ts';
export { keyProblemText, tokenProblemText } from './problems.ts';
export type { KeyProblem, SecretProblem, TokenProblem } from './problems.ts';
export { createProfile, tokenKinds } from './profile.ts';
export type { Profile, ProfileSettings } from './profile.ts';
export { checkSecret } from './secrets.ts';
export { createSigner, NoSigningKey } from './sign.ts';
export type { GivenClaims } from './sign.ts';
export { createVerifier } from './verify.ts';
export type { Verified } from './verify.ts';
