// Holds what the verbs of signing in at a provider hand to each other; interfaces only.
import type { Requester } from '../../audit/ports.ts';
import type { ProviderConfig } from '../../config.ts';
import type { IdentityPorts } from '../ports.ts';
import type { ProviderPerson } from './talk.ts';

/** What signing in through a provider asks for. */
export type ProviderSignInPorts = Pick<
  IdentityPorts,
  'config' | 'clock' | 'database' | 'audit' | 'mailer' | 'onRegistered' | 'wakeRelay'
>;

/** A person that a provider has vouched for. */
export interface Arrival {
  provider: ProviderConfig;
  person: ProviderPerson;
  invitation: string | undefined;
  requester: Requester;
}
