// States what the gateway asks the application about the keys of a shared poll.
import type { Payload } from '@parley/protocol';

/** Keys that the gateway wants to know about; `version` is what it knows, absent for nothing and in versionless polls. */
export interface PollQuestion {
  readonly channel: string;
  readonly items: readonly { readonly key: string; readonly version?: number }[];
}

/** A key as it is now. Without `version` (or 0) changes are seen by the data. `prevData`: what stood there before, for deltas. */
export interface PollItem {
  readonly key: string;
  readonly data?: Payload;
  readonly version?: number;
  readonly removed?: boolean;
  readonly prevData?: Payload;
}

/** The keys that the application knows; those that are missing stay as they are. `epoch` names one life of all versions. */
export interface PollAnswer {
  readonly items: readonly PollItem[];
  readonly epoch?: string;
}

/** The application as shared polls see it. A rejection means that nothing is known now; the next cycle asks again. */
export interface SharedPollBackend {
  /** @param proxyName the option `shared_poll.proxy_name` of the channel's namespace */
  sharedPollRefresh(proxyName: string, question: PollQuestion): Promise<PollAnswer>;
}
