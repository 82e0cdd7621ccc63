// Lists every public name of the token library.
export { isPublicAddress } from './addresses.ts';
export { algorithmNames } from './algorithm.ts';
export type { Algorithm, KeyMaterial } from './algorithm.ts';
export { thumbprint } from './algorithms.ts';
export { parseAllKeys, ringNames, serialiseAllKeys, sharesSecret } from './all-keys.ts';
export type { AllKeys, LoadedAllKeys, RingName } from './all-keys.ts';
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
export type { ForeignAlgorithm, ForeignKey } from './foreign-algorithms.ts';
export type { ForeignCommonClaims, ForeignConnectionClaims, ForeignSubscriptionClaims } from './foreign-claims.ts';
export { describeForeign } from './foreign-describe.ts';
export { readPublicKey } from './foreign-keys.ts';
export type { PublicKeyKind, ReadKey } from './foreign-keys.ts';
export { signForeign } from './foreign-sign.ts';
export { createForeignTokens } from './foreign-tokens.ts';
export type {
  CreatedForeignTokens,
  ForeignTokenPorts,
  ForeignTokenSettings,
  OptionProblem,
  VerifyForeign,
} from './foreign-tokens.ts';
export { createForeignVerifier } from './foreign-verify.ts';
export type { ForeignKind, ForeignSecret, ForeignSettings, ForeignVerified } from './foreign-verify.ts';
export { JwksFetchError } from './jwks.ts';
export type { FetchText, Resolve } from './jwks.ts';
export { generateKeyrings, parseKeyrings, serialiseKeyrings, tokenRings } from './key-file.ts';
export type { Keyrings, LoadedKeyrings } from './key-file.ts';
export {
  createKeyring,
  generateKey,
  generateKeyBeside,
  generateSecret,
  keyFromJwk,
  keyFromSecret,
  publicJwks,
  shareKey,
} from './keyring.ts';
export type { Keyring, KeyState, PublicJwk, RingKey } from './keyring.ts';
export { parseLifetime } from './lifetime.ts';
export type { JsonObject } from './parse.ts';
export { compilePattern } from './pattern.ts';
export type { CompiledPattern, Pattern, PatternGroup } from './pattern.ts';
export { keyProblemText, tokenProblemText } from './problems.ts';
export type { ForeignProblem, KeyProblem, SecretProblem, TokenProblem } from './problems.ts';
export { createProfile, tokenKinds } from './profile.ts';
export type { Profile, ProfileSettings } from './profile.ts';
export { addNext, changesBetween, followSchedule, promote, retire, revoke, rotateTo } from './rotation.ts';
export type { KeyChange, LivedKey, Moved, RotationRules } from './rotation.ts';
export { checkSecret } from './secrets.ts';
export type { SecretAlgorithm } from './secrets.ts';
export {
  generateSecretKey,
  generateSecretKeys,
  parseSecretKeys,
  secretRings,
  serialiseSecretKeys,
} from './secret-keys.ts';
export type { LoadedSecretKeys, SecretKey, SecretKeys, SecretRing } from './secret-keys.ts';
export { createSigner, NoSigningKey } from './sign.ts';
export type { GivenClaims } from './sign.ts';
export { createVerifier } from './verify.ts';
export type { Verified } from './verify.ts';
