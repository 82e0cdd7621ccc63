// Decides what publishing into a channel means once it is allowed: history as the channel has it, then the broker.
import type { StreamPosition } from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import type { NewPublication, PublishSettings } from '../engine/broker.ts';
import type { ChannelRules } from '../namespaces.ts';

/** A publication with its channel. `skipHistory` keeps it out of the stream. */
export interface PublishInput extends Omit<PublishSettings, 'history'> {
  readonly channel: string;
  readonly rules: ChannelRules;
  readonly publication: NewPublication;
  readonly skipHistory?: boolean | undefined;
}

/** Publishes. @returns the publication's position; zeros if the channel has no stream */
export async function publish(context: Pick<GatewayContext, 'broker'>, input: PublishInput): Promise<StreamPosition> {
  const { channel, rules, publication, skipHistory, ...given } = input;
  const settings = { ...given, delta: given.delta === true || rules.options.delta_publish };
  const history = {
    size: rules.options.history_size,
    ttlMs: rules.options.history_ttl,
    metaTtlMs: rules.metaTtlMs,
  };
  const keeps = rules.hasHistory && skipHistory !== true;
  const published = await context.broker.publish(channel, publication, keeps ? { ...settings, history } : settings);
  return { offset: published.offset, epoch: published.epoch };
}
