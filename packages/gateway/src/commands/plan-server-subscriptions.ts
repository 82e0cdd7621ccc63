// Decides which channels a connect brings: those of the token or backend, the personal one, and those the client asks for and may have.
import { type ConnectRequest, disconnects, replyErrors } from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import type { ChannelRules } from '../namespaces.ts';
import { planCache, planTraits, type SubscriptionPlan } from '../operations/plan.ts';
import { type Refusal, refuse, refuseConnection } from '../operations/refusal.ts';
import { maySubscribe } from '../permissions.ts';
import { expiryMs } from '../session/expiry.ts';
import type { GrantedSub } from '../token-gate.ts';
import type { Credentials } from './authenticate.ts';

type Ports = Pick<GatewayContext, 'config' | 'namespaces'>;

/** Plans them; what the client asks for and may not have is left out without a word. Refused where a namespace does not exist. */
export function planServerSubscriptions(
  context: Ports,
  credentials: Credentials,
  request: ConnectRequest,
): { ok: true; plans: SubscriptionPlan[] } | Refusal {
  const plans = new Map<string, SubscriptionPlan>();
  const plan = (channel: string, rules: ChannelRules, sub: GrantedSub): void => {
    plans.set(channel, planOne(context, { channel, rules, sub, request }));
  };
  for (const [channel, sub] of Object.entries(withPersonal(context, credentials))) {
    const rules = context.namespaces(channel);
    if (rules === undefined) return refuse(replyErrors.unknownChannel);
    // Maps and shared polls are read by those who ask for them.
    if (rules.type !== 'stream') return refuse(replyErrors.badRequest);
    plan(channel, rules, sub);
  }
  // Where the backend or a trusted proxy says who it is, it says as well what there is to have.
  if (credentials.source !== 'token' && credentials.source !== 'nobody')
    return { ok: true, plans: [...plans.values()] };
  const asker = { user: credentials.user, isInsecure: context.config.client.insecure };
  for (const channel of request.subs.keys()) {
    if (plans.has(channel)) continue;
    const rules = context.namespaces(channel);
    if (rules === undefined) return refuseConnection(disconnects.badRequest);
    if (rules.type !== 'stream') continue;
    if (channel !== '' && rules.isNameValid && maySubscribe(rules, asker)) plan(channel, rules, {});
  }
  return { ok: true, plans: [...plans.values()] };
}

interface Planned {
  readonly channel: string;
  readonly rules: ChannelRules;
  readonly sub: GrantedSub;
  readonly request: ConnectRequest;
}

function planOne({ config }: Ports, { channel, rules, sub, request }: Planned): SubscriptionPlan {
  const wish = request.subs.get(channel);
  const cache = planCache(rules);
  return {
    traits: planTraits({
      channel,
      rules,
      origin: 'server',
      override: sub.override,
      wishes: { delta: wish?.delta ?? '' },
      maxLagMs: config.client.channel_position_max_time_lag,
    }),
    info: sub.info,
    data: sub.data,
    expiresAt: expiryMs(sub.expireAt),
    cache: cache !== undefined && sub.cacheRecover === true ? 'always' : cache,
    recover: wish?.recover === true ? wish.position : undefined,
  };
}

function withPersonal({ config }: Ports, { user, subs }: Credentials): Credentials['subs'] {
  const personal = config.client.subscribe_to_user_personal_channel;
  if (!personal.enabled || user === '') return subs;
  const { namespace_boundary: boundary, user_boundary: userBoundary } = config.channel;
  const namespace = personal.personal_channel_namespace;
  const channel = `${namespace === '' ? '' : namespace + boundary}${userBoundary}${user}`;
  return { [channel]: {}, ...subs };
}
