// Decides the channels of this server, what is kept in them and for how long, under Centrifugo's names.
import type { GatewayConfigInput } from '@parley/gateway';

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
          name: 'chat',
          presence: true,
          join_leave: true,
          force_push_join_leave: true,
          allow_presence_for_subscriber: true,
          history_size: 500,
          history_ttl: '1h',
          force_recovery: true,
        },
        { name: 'user', history_size: 100, history_ttl: '1h', force_recovery: true },
        {
          name: 'app',
          presence: true,
          allow_presence_for_subscriber: true,
          history_size: 100,
          history_ttl: '10m',
          allow_history_for_subscriber: true,
          force_recovery: true,
        },
      ],
    },
    shutdown: { timeout: '10s' },
  };
}
