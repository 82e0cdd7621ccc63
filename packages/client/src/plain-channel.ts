// Decides how one channel of any Centrifugo is followed without the rest of Parley.
import { Centrifuge, UnauthorizedError } from 'centrifuge';
import type { PublicationContext } from 'centrifuge';
import type { Cancel } from './ports.ts';
import { createStore } from './store.ts';
import type { Store } from './store.ts';

/** Whether publications arrive; `denied` with the server's reason when it refused the token or the channel. */
export type PlainStatus = { name: 'connecting' } | { name: 'live' } | { name: 'denied'; code: number; reason: string };

/** How to reach a Centrifugo server. */
export interface PlainOptions {
  /** Its WebSocket address, such as `wss://host/connection/websocket`. */
  url: string;
  /** The newest connection token, asked for whenever one is needed; null ends the connection. */
  getToken: () => string | null | Promise<string | null>;
  /** A WebSocket constructor, where the platform has none. */
  WebSocket?: unknown;
}

/** A connection with one channel. */
export interface PlainChannel {
  status: Store<PlainStatus>;
  client: Centrifuge;
  close: Cancel;
}

/**
 * Connects and subscribes to one channel. A lost connection comes back by itself.
 *
 * @param onMessage called with each publication, in order
 */
export function openPlainChannel(
  options: PlainOptions,
  channel: string,
  onMessage: (data: unknown, publication: PublicationContext) => void,
): PlainChannel {
  const client = new Centrifuge(options.url, {
    ...(options.WebSocket === undefined ? {} : { websocket: options.WebSocket }),
    getToken: async () => {
      const token = await options.getToken();
      if (token === null) throw new UnauthorizedError('There is no token');
      return token;
    },
  });
  const status = createStore<PlainStatus>({ name: 'connecting' });
  const subscription = client.newSubscription(channel);
  subscription.on('publication', (publication) => onMessage(publication.data, publication));
  subscription.on('subscribed', () => status.set({ name: 'live' }));
  subscription.on('subscribing', () => status.set({ name: 'connecting' }));
  const denied = (ctx: { code: number; reason: string }): void => {
    if (ctx.code !== 0) status.set({ name: 'denied', code: ctx.code, reason: ctx.reason });
  };
  subscription.on('unsubscribed', denied);
  client.on('disconnected', denied);
  subscription.subscribe();
  client.connect();
  return { status, client, close: () => client.disconnect() };
}
