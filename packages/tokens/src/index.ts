// Lists every public name of the token library.
export type {
  AccessClaims,
  ClaimsOf,
  CommonClaims,
  ConnectionClaims,
  SubscriptionClaims,
  TokenKind,
} from './claims.ts';
