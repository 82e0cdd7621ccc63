// Carries out `sub_refresh` with keys of a shared poll: which keys a client tracks, as far as its backend signed them.
import { replyErrors, type SubRefreshRequest } from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import { type Refusal, refuse } from '../operations/refusal.ts';
import { ttlOf } from '../session/expiry.ts';
import type { Subscription } from '../session/subscription.ts';
import type { PollChannel, TrackedKey } from '../shared-poll/poll-channel.ts';
import { checkSignature } from '../shared-poll/signature.ts';
import type { Asking, Outcome } from './outcome.ts';

/** The poll that a command speaks of, with the subscription in it. */
interface Polling {
  readonly poll: PollChannel<Subscription>;
  readonly subscription: Subscription;
}

/** Tracks keys from the reply on; keys of inline `untrack` are signed ones that the client wants no more. */
export function track(context: GatewayContext, asking: Asking, request: SubRefreshRequest): Outcome<'sub_refresh'> {
  const polling = findPoll(context, asking, request.channel);
  if (polling === undefined) return refuse(replyErrors.permissionDenied);
  const { poll, subscription } = polling;
  const keys = new Set(request.track.flatMap(({ items }) => items.map(({ key }) => key)));
  // A signature joins keys by NUL: a key that holds one would pass for several that were signed.
  const isAnyBad = keys.values().some((key) => key === '' || key.includes('\0'));
  if (keys.size === 0 || isAnyBad) return refuse(replyErrors.badRequest);
  const count = poll.countWith(subscription, keys, new Set(request.untrack));
  const limit = context.namespaces(request.channel)?.options.shared_poll.max_keys_per_connection ?? 0;
  if (count === undefined) return refuse(replyErrors.permissionDenied);
  if (count > limit) return refuse(replyErrors.limitExceeded);
  const read = readBatches(context, asking, request);
  if (!read.ok) return read;
  const ends = read.tracked.flatMap(({ expiresAt }) => expiresAt ?? []);
  return {
    ok: true,
    result: ttlOf(ends.length === 0 ? undefined : Math.min(...new Set(ends)), context.clock.now()),
    after: () => Promise.resolve(poll.track(subscription, read.tracked, request.untrack)),
  };
}

/** Tracks keys no more; keys that were not tracked do no harm. */
export function untrack(
  context: GatewayContext,
  asking: Asking,
  { channel, untrack: keys }: SubRefreshRequest,
): Outcome<'sub_refresh'> {
  const polling = findPoll(context, asking, channel);
  if (polling === undefined) return refuse(replyErrors.permissionDenied);
  if (keys.length === 0) return refuse(replyErrors.badRequest);
  polling.poll.untrack(polling.subscription, keys);
  return { ok: true, result: {} };
}

function findPoll({ polls }: GatewayContext, { session }: Asking, channel: string): Polling | undefined {
  const subscription = session.subscriptions.get(channel);
  const poll = polls.of(channel);
  return subscription?.isLive === true && poll !== undefined ? { poll, subscription } : undefined;
}

function readBatches(
  { config, clock }: GatewayContext,
  { connected }: Asking,
  { channel, track: batches }: SubRefreshRequest,
): { ok: true; tracked: TrackedKey[] } | Refusal {
  const { shared_poll: global } = config;
  const secrets = {
    secret: global.hmac_secret_key,
    previous: global.hmac_previous_secret_key,
    previousValidUntil: global.hmac_previous_secret_key_valid_until,
  };
  const tracked = new Map<string, TrackedKey>();
  let isExpired = false;
  for (const { signature, items } of batches) {
    const signed = { user: connected.user, channel, keys: items.map(({ key }) => key) };
    const checked = checkSignature(secrets, signature, { signed, nowMs: clock.now() });
    // One forged batch outweighs any number of old ones.
    if (!checked.ok && checked.problem === 'invalid') return refuse(replyErrors.permissionDenied);
    isExpired ||= !checked.ok;
    const expiresAt = checked.ok ? checked.expiresAt : undefined;
    for (const { key, version } of items) tracked.set(key, { key, version, expiresAt });
  }
  return isExpired ? refuse(replyErrors.tokenExpired) : { ok: true, tracked: [...tracked.values()] };
}
