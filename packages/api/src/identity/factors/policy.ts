// Decides which way to sign in may be taken away; pure.

/** The ways in which a person can sign in. */
export interface WaysIn {
  hasPassword: boolean;
  passkeys: number;
  /** Identities at providers that are configured. */
  providers: number;
}

/** Whether one of the passkeys or providers may go: another way has to stay. */
export const mayRemoveWay = (ways: WaysIn): boolean => (ways.hasPassword ? 1 : 0) + ways.passkeys + ways.providers > 1;
