// Decides how the parts of the client are put together, and what follows a sign-in, a sign-out, a change of person.
import type { User } from '@parley/contract';
import type { Centrifuge, TransportEndpoint } from 'centrifuge';
import { Account } from './account.ts';
import { createAttemptGate } from './attempt-gate.ts';
import { followChannel } from './channel.ts';
import type { ChannelListener, FollowedChannel } from './channel.ts';
import { ConnectionMonitor } from './connection.ts';
import type { Connection } from './connection.ts';
import { createDeviceTokens } from './device-token.ts';
import { createEndpoints } from './endpoints.ts';
import type { Endpoints } from './endpoints.ts';
import { createHttp, sendOnce } from './http.ts';
import type { Http } from './http.ts';
import { newId as randomId } from './new-id.ts';
import { platformPorts } from './platform.ts';
import type { Ports } from './ports.ts';
import { createRealtime, newSubscription } from './realtime.ts';
import type { RoomHandle } from './room.ts';
import type { Rooms } from './rooms.ts';
import type { RefreshTokenStore } from './session-exchange.ts';
import { ParleySession } from './session.ts';
import type { Session, SessionState } from './session.ts';
import { createStore } from './store.ts';
import { createSubscriptionPool } from './subscription-pool.ts';

/** How to make a client. Every port has a default that fits a browser or a process. */
export interface ParleyOptions extends Partial<Ports> {
  /** Where the API is, without a trailing slash, such as `https://chat.example.com`. */
  baseUrl: string;
  /** Where the gateway is; `/connection/websocket` beside the API by default. A list gives fallbacks. */
  realtimeUrl?: string | TransportEndpoint[];
  /** A WebSocket constructor, where the platform has none. */
  WebSocket?: unknown;
  /**
   * Keeps the refresh token of a client without cookies, such as a command line or a mobile app. Without it the
   * client is a browser's: its refresh token is in a cookie that no script sees. Give `storage` as well, so that the
   * next sign-in is not one from a new device.
   */
  refreshTokens?: RefreshTokenStore;
  /** Makes ids of 8 to 64 letters, digits, `_` and `-`; 128 random bits by default. */
  newId?: () => string;
}

/** A client of one installation. Nothing is sent before {@link Parley.start}. */
export interface Parley {
  readonly session: Session;
  readonly connection: Connection;
  /** The rooms of the person who is signed in; another object after another person has signed in. */
  readonly rooms: Rooms;
  /** Every endpoint as a function. */
  readonly api: Endpoints;
  /** For endpoints that {@link Parley.api} does not know. */
  readonly http: Http;
  /** The official realtime client, to use for channels of one's own. */
  readonly centrifuge: Centrifuge;
  /** A room's handle, the same one for everybody who looks at the room; it becomes live by `open()`. */
  room: (roomId: string) => RoomHandle;
  /** Follows any channel with a subscription token of the API; several followers share one subscription. */
  follow: (channel: string, listener: ChannelListener) => FollowedChannel;
  /** Restores the session of an earlier visit; connects as soon as somebody is signed in. */
  start: () => void;
  /** Ends connection, timers and listeners. The session goes on at the next visit. */
  close: () => void;
}

const NOBODY = { id: '', name: '' };

/** `https://host` becomes `wss://host/connection/websocket`. */
function realtimeUrlOf(baseUrl: string): string {
  return `${baseUrl.replace(/^http/, 'ws')}/connection/websocket`;
}

const NO_REFRESH_TOKENS: RefreshTokenStore = {
  read: () => Promise.resolve(null),
  write: () => Promise.resolve(),
  clear: () => Promise.resolve(),
};

/** See {@link Parley}. */
class ParleyClient implements Parley {
  readonly session: ParleySession;
  readonly connection: ConnectionMonitor;
  readonly api: Endpoints;
  readonly http: Http;
  readonly centrifuge: Centrifuge;
  readonly follow: Parley['follow'];
  readonly #ports: Ports;
  readonly #makeAccount: (user: Pick<User, 'id' | 'name'>) => Account;
  readonly #stopSession: () => void;
  #account: Account;

  constructor(options: ParleyOptions) {
    const { baseUrl, newId = randomId } = options;
    const scope = `parley:${baseUrl}`;
    const ports = { ...platformPorts(scope), ...given(options) };
    const { clock, network } = ports;
    const kind = options.refreshTokens === undefined ? 'web' : 'native';
    const devices = kind === 'native' ? createDeviceTokens(ports, scope) : undefined;
    const httpPorts = { baseUrl, kind, fetch: ports.fetch, clock, devices } as const;
    this.#ports = ports;
    this.session = new ParleySession(ports, {
      kind,
      scope,
      send: (request, token) => sendOnce(httpPorts, request, token),
      refreshTokens: options.refreshTokens ?? NO_REFRESH_TOKENS,
    });
    this.http = createHttp(httpPorts, this.session);
    this.api = createEndpoints(this.http, newId);
    const gate = createAttemptGate(clock);
    const url = options.realtimeUrl ?? realtimeUrlOf(baseUrl);
    this.centrifuge = createRealtime({ url, http: this.http, gate, WebSocket: options.WebSocket });
    const catchingUp = createStore(0);
    const session = this.session.state;
    this.connection = new ConnectionMonitor({ clock, network, gate, session, catchingUp, centrifuge: this.centrifuge });
    const { http, api: endpoints, centrifuge } = this;
    const pool = createSubscriptionPool(centrifuge, (channel) => newSubscription(centrifuge, http, channel));
    this.follow = (channel, listener) => followChannel(pool, channel, listener);
    const onCatchingUp = (by: 1 | -1): void => catchingUp.set(catchingUp.getSnapshot() + by);
    this.#makeAccount = (user) =>
      new Account(
        { ports, http, endpoints, centrifuge, pool, scope, newId, onCatchingUp },
        { id: user.id, name: user.name },
      );
    this.#account = this.#makeAccount(NOBODY);
    this.#account.close(false);
    this.#stopSession = session.subscribe(() => this.#onSession(session.getSnapshot()));
  }

  get rooms(): Rooms {
    return this.#account.rooms;
  }

  readonly room = (roomId: string): RoomHandle => this.#account.room(roomId);
  readonly start = (): void => this.session.restore();

  readonly close = (): void => {
    this.#stopSession();
    this.#account.close(false);
    this.connection.close();
    this.session.close();
    this.centrifuge.disconnect();
    this.#ports.tabs.close();
  };

  #onSession(state: SessionState): void {
    if (state.name === 'restoring') return;
    const user = state.name === 'signed-in' ? state.user : NOBODY;
    if (user.id !== this.#account.user.id) {
      this.#account.close(state.name === 'signed-out' && state.reason === 'signed-out');
      this.centrifuge.disconnect();
      this.#account = this.#makeAccount(user);
      if (state.name === 'signed-in') this.#account.start();
      else this.#account.close(false);
    }
    if (state.name === 'signed-in') this.centrifuge.connect();
  }
}

/** The ports among the options that were really given. */
function given(options: ParleyOptions): Partial<Ports> {
  const { clock, locks, tabs, storage, network, fetch, log } = options;
  const entries = Object.entries({ clock, locks, tabs, storage, network, fetch, log });
  return Object.fromEntries(entries.filter(([, port]) => port !== undefined)) as Partial<Ports>;
}

/**
 * Makes a client.
 *
 * @example
 * const parley = createParley({ baseUrl: 'https://chat.example.com' });
 * parley.start();
 */
export function createParley(options: ParleyOptions): Parley {
  return new ParleyClient(options);
}
