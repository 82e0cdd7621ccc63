// Decides what a subscription will be, from the channel's rules, a token's overrides and the client's wishes.
import type { Override, Payload, StreamPosition } from '@parley/protocol';
import type { ChannelRules } from '../namespaces.ts';
import { mayReadHistory, maySeePresence } from '../permissions.ts';
import type { TokenTrace } from '../revocations/revocation.ts';
import type { PresenceMaps, SubscriptionTraits } from '../session/subscription.ts';
import type { TagsFilter } from '../tags-filter.ts';

/** A subscription to be made. */
export interface SubscriptionPlan {
  readonly traits: SubscriptionTraits;
  /** The token that allows it, if one does. */
  readonly token?: TokenTrace | undefined;
  /** Raw `chan_info`. */
  readonly info?: Payload | undefined;
  /** Given to the client with the reply. */
  readonly data?: Payload | undefined;
  /** Unix milliseconds. */
  readonly expiresAt?: number | undefined;
  /** Where the client stood, if it wants to recover. */
  readonly recover?: StreamPosition | undefined;
  /** Whether recovery means the latest publication only, and whether it is given to those who did not ask, too. */
  readonly cache?: 'on_demand' | 'always' | undefined;
  /** Error 112 instead of a subscription that did not recover. */
  readonly refusesUnrecovered?: boolean;
}

/** What a client asks for beyond what its channel has anyway. */
export interface Wishes {
  readonly positioned: boolean;
  readonly recoverable: boolean;
  readonly joinLeave: boolean;
  /** "" or the kind of delta compression that it understands. */
  readonly delta: string;
  readonly filter: TagsFilter | undefined;
  /** Who asks; access "as a subscriber" counts as given. */
  readonly asker: { readonly user: string; readonly isInsecure: boolean };
}

/** What recovery means in a channel. */
export function planCache({ options }: ChannelRules): SubscriptionPlan['cache'] {
  if (options.force_recovery_mode !== 'cache') return undefined;
  return options.auto_cache_recover ? 'always' : 'on_demand';
}

/** Works out the traits. A wish that may not be had is left out without a word. */
export function planTraits(input: {
  channel: string;
  rules: ChannelRules;
  origin: SubscriptionTraits['origin'];
  override?: Override | undefined;
  /** `client.channel_position_max_time_lag`. */
  maxLagMs: number;
  wishes?: Partial<Wishes> | undefined;
}): SubscriptionTraits {
  const { channel, rules, origin, override = {}, wishes } = input;
  const { options } = rules;
  const asker = wishes?.asker && { ...wishes.asker, isSubscribed: true };
  const readsHistory = asker !== undefined && rules.hasHistory && mayReadHistory(rules, asker);
  const seesPresence = asker !== undefined && maySeePresence(rules, asker);

  const { map } = rules;
  const emitsJoinLeave = override.join_leave?.value ?? options.join_leave;
  const isRecoverable =
    map?.hasStream ??
    ((override.force_recovery?.value ?? options.force_recovery) ||
      (wishes?.recoverable === true && rules.hasHistory && (options.allow_recovery || readsHistory)));
  const isPositioned =
    isRecoverable ||
    (map === undefined &&
      ((override.force_positioning?.value ?? options.force_positioning) ||
        (wishes?.positioned === true && rules.hasHistory && (options.allow_positioning || readsHistory))));
  return {
    channel,
    origin,
    hasPresence: override.presence?.value ?? options.presence,
    emitsJoinLeave,
    wantsJoinLeave:
      (override.force_push_join_leave?.value ?? options.force_push_join_leave) ||
      (wishes?.joinLeave === true && emitsJoinLeave && seesPresence),
    isPositioned,
    isRecoverable,
    metaTtlMs: rules.metaTtlMs,
    map,
    removesClientKey: map !== undefined && options.map.remove_client_on_unsubscribe,
    presenceMaps: planPresenceMaps(rules, channel),
    // A filter leaves out what the next patch would be made against.
    usesDelta: wishes?.filter === undefined && options.allowed_delta_types.includes(wishes?.delta ?? ''),
    filter: wishes?.filter,
    maxLagMs: input.maxLagMs,
    isRefreshedByBackend: options.sub_refresh_proxy_enabled,
  };
}

function planPresenceMaps({ options }: ChannelRules, channel: string): PresenceMaps | undefined {
  const { map_clients_presence_channel_prefix: clientsPrefix, map_users_presence_channel_prefix: usersPrefix } =
    options;
  if (clientsPrefix === '' && usersPrefix === '') return undefined;
  return {
    clients: clientsPrefix === '' ? undefined : clientsPrefix + channel,
    users: usersPrefix === '' ? undefined : usersPrefix + channel,
  };
}
