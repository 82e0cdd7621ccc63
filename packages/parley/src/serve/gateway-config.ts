// Decides the channels of this server, what is kept in them and for how long, under Centrifugo's names.
import { CHANNELS, type ChannelKind } from '@parley/contract';
import type { GatewayConfigInput } from '@parley/gateway';

/** What the table of rights lets subscribers of a kind of channel ask for. */
const allowedBy = (kind: ChannelKind) => ({
  name: kind,
  allow_presence_for_subscriber: CHANNELS[kind].subscriber.presence,
  allow_history_for_subscriber: CHANNELS[kind].subscriber.history,
});

/**
 * The gateway's options.
 *
 * - `chat`: rooms. Members only, by token; who is there; half a thousand messages or an hour to recover from.
 * - `user`: one person's signals; subscribed by the server.
 * - `app`: for one's own application: by token or by the server; recoverable, with presence.
 *
 * Clients publish nowhere, because what is durable goes through the api; but for the plain text of `/ws`, in the `app` channel that its
 * token names.
 */
export function gatewayConfig(options: { origins: readonly string[]; apiKey: string }): GatewayConfigInput {
  return {
    client: { allowed_origins: [...options.origins] },
    http_api: { key: options.apiKey },
    prometheus: { enabled: true },
    // Where WebSocket does not get through.
    http_stream: { enabled: true },
    sse: { enabled: true },
    plain_websocket: { enabled: true },
    channel: {
      namespaces: [
        {
          ...allowedBy('chat'),
          presence: true,
          join_leave: true,
          force_push_join_leave: true,
          history_size: 500,
          history_ttl: '1h',
          force_recovery: true,
        },
        { ...allowedBy('user'), history_size: 100, history_ttl: '1h', force_recovery: true },
        {
          ...allowedBy('app'),
          presence: true,
          history_size: 100,
          history_ttl: '10m',
          force_recovery: true,
        },
      ],
    },
    shutdown: { timeout: '10s' },
  };
}
