// Decides what a client may do in a channel without a token for it: pure questions, one each.
import { type Payload, payloadText } from '@parley/protocol';
import type { ChannelRules } from './namespaces.ts';

/** Who asks: user "" is anonymous; `isInsecure` is the server's `client.insecure`. */
export interface Asker {
  readonly user: string;
  readonly isSubscribed: boolean;
  readonly isInsecure: boolean;
}

/** Whether the backend decides who may subscribe without a token. Names that list their users are decided by themselves. */
export function asksBackendToSubscribe({ options, isPrivate, users }: ChannelRules): boolean {
  return options.subscribe_proxy_enabled && !isPrivate && users === undefined;
}

/** Whether a client may subscribe without a token and without the backend. */
export function maySubscribe(rules: ChannelRules, { user, isInsecure }: Omit<Asker, 'isSubscribed'>): boolean {
  if (rules.isPrivate || asksBackendToSubscribe(rules)) return false;
  if (rules.users !== undefined) return isInsecure || (user !== '' && rules.users.includes(user));
  const { options } = rules;
  return isInsecure || (options.allow_subscribe_for_client && (user !== '' || options.allow_subscribe_for_anonymous));
}

/** Whether a client may publish where the backend does not decide that. */
export function mayPublish({ options }: ChannelRules, asker: Asker): boolean {
  return isAllowed(asker, {
    client: options.allow_publish_for_client,
    subscriber: options.allow_publish_for_subscriber,
    anonymous: options.allow_publish_for_anonymous,
  });
}

/** Whether a client may set a key of a map. */
export function mayPublishKey({ options: { map } }: ChannelRules, asker: Asker): boolean {
  return isAllowed(asker, {
    client: map.allow_publish_for_client,
    subscriber: map.allow_publish_for_subscriber,
    anonymous: map.allow_publish_for_anonymous,
  });
}

/** Whether a client may remove a key of a map. */
export function mayRemoveKey({ options: { map } }: ChannelRules, asker: Asker): boolean {
  return isAllowed(asker, {
    client: map.allow_remove_for_client,
    subscriber: map.allow_remove_for_subscriber,
    anonymous: map.allow_remove_for_anonymous,
  });
}

/** Whether a client may ask who is present. */
export function maySeePresence({ options }: ChannelRules, asker: Asker): boolean {
  return isAllowed(asker, {
    client: options.allow_presence_for_client,
    subscriber: options.allow_presence_for_subscriber,
    anonymous: options.allow_presence_for_anonymous,
  });
}

/** Whether a client may read history. */
export function mayReadHistory({ options }: ChannelRules, asker: Asker): boolean {
  return isAllowed(asker, {
    client: options.allow_history_for_client,
    subscriber: options.allow_history_for_subscriber,
    anonymous: options.allow_history_for_anonymous,
  });
}

/** Whether a payload is of the form that the channel wants. Undefined is no payload. */
export function isDataAllowed(
  { dataFormat }: Pick<ChannelRules, 'dataFormat'>,
  data: Payload | undefined,
): data is Payload {
  if (data === undefined) return false;
  switch (dataFormat) {
    case 'binary':
      return true;
    case 'json':
      return payloadText(data) !== undefined;
    case 'json_object':
      return payloadText(data)?.startsWith('{') === true;
    default:
      return data.length > 0;
  }
}

interface Allowances {
  client: boolean;
  subscriber: boolean;
  anonymous: boolean;
}

function isAllowed({ user, isSubscribed, isInsecure }: Asker, allow: Allowances): boolean {
  if (isInsecure) return true;
  return (allow.client || (allow.subscriber && isSubscribed)) && (user !== '' || allow.anonymous);
}
