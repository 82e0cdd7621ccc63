// Decides the settings of the api, their defaults and their bounds.
import type { Registration } from '@parley/contract';
import type { SmtpSettings } from './mail/transport.ts';

/** An OpenID Connect provider that people may sign in with. */
export interface ProviderConfig {
  /** In addresses and settings: small letters, digits and dashes. */
  id: string;
  /** On the button. */
  name: string;
  /** The issuer as it names itself, to the letter. */
  issuer: string;
  clientId: string;
  /** Absent for a public client, which PKCE alone protects. */
  clientSecret?: string;
  /** Whether signing in makes an account: as `registration` says, always (`on`), or never (`off`). */
  accounts: 'follow' | 'on' | 'off';
  /** Whether an account with the same address is taken over, if both sides have verified it. */
  linksByEmail: boolean;
  /** Whether people with a second step are asked for it here as well. */
  asksSecondFactor: boolean;
  /** Whether it may stand in a private network. */
  allowsPrivateAddress: boolean;
}

/** Settings of the api. Times are in seconds, sizes in bytes. */
export interface ApiConfig {
  /** Where people reach the site, without a trailing slash; links are built from it and cookies bound to it. */
  publicUrl: string;
  /** The WebSocket address that browsers connect to. */
  realtimeUrl: string;
  /** Origins, besides that of `publicUrl`, whose pages may call the api. */
  allowedOrigins: readonly string[];
  registration: Registration;
  providers: readonly ProviderConfig[];
  passwordMinLength: number;
  /** A sorted list of the SHA-1 of breached passwords, in the form of "Have I Been Pwned". */
  breachedPasswordsFile?: string;
  accessTokenLife: number;
  connectionTokenLife: number;
  /** How long a connection or subscription lasts before it has to be renewed. */
  connectionLife: number;
  refreshIdleLife: number;
  refreshAbsoluteLife: number;
  /** How long a rotated refresh token still answers with the same successor. 0 is strict. */
  refreshGrace: number;
  /** The second limit for a lost answer: as long as the successor was never presented. */
  refreshReplayLimit: number;
  /** Argon2id cost: memory in KiB, passes, lanes. */
  argon2: { memoryCost: number; timeCost: number; parallelism: number };
  /** Password computations at once; two, or one on a single processor, unless it says otherwise. */
  parallelHashes?: number;
  /** How many addresses, counted from the right of the forwarded chain, are our own proxies. 0 trusts none. */
  trustedProxies: number;
  /** Addresses and networks that our proxies connect from; any peer may be one if it is empty or absent. */
  trustedPeers?: readonly string[];
  /** Whether cookies carry `Secure` and the `__Host-` prefix; off only for http on loopback. */
  secureCookies: boolean;
  /** Multiplies every rate limit; 1 unless many people share one address or a load test is run. */
  rateLimitFactor: number;
  version: string;
  /** The mail server; absent where mails are held for administrators. */
  smtp?: SmtpSettings;
}
