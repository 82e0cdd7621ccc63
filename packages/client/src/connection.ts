// Decides which words describe the connection, and why.
import type { Centrifuge } from 'centrifuge';
import type { AttemptGate } from './attempt-gate.ts';
import type { Cancel, Clock, Network } from './ports.ts';
import type { SessionState } from './session.ts';
import { createStore } from './store.ts';
import type { Store, WritableStore } from './store.ts';

/**
 * How live the application is. `since` is when this state began, for `reconnecting` and `offline` when the
 * connection was lost; Unix ms. `retryAt` is when the next attempt begins, null while one is under way. `reason`
 * is the server's or the library's own text, with its code.
 *
 * - `live`: connected and nothing is missing. `catching-up`: connected, `rooms` rooms fetch what they missed.
 * - `connecting`: the first connection is being made. `reconnecting`: it was lost, or could not be made.
 * - `offline`: the device has no network. `denied`: the server will not have us; only {@link Connection.reconnectNow}
 *   tries again. `signed-out`: nobody is signed in.
 */
export type ConnectionStatus =
  | { name: 'live'; since: number; transport: string }
  | { name: 'catching-up'; since: number; rooms: number }
  | { name: 'connecting'; since: number }
  | { name: 'reconnecting'; since: number; retryAt: number | null; reason: string; code: number }
  | { name: 'offline'; since: number }
  | { name: 'denied'; since: number; reason: string; code: number }
  | { name: 'signed-out'; since: number };

/** The connection's status and the way to hurry it. */
export interface Connection {
  status: Store<ConnectionStatus>;
  /** Begins the next attempt at once, also after `denied`. Does nothing while connected or signed out. */
  reconnectNow: () => void;
}

/** What {@link ConnectionMonitor} watches. */
export interface ConnectionPorts {
  clock: Pick<Clock, 'now'>;
  network: Network;
  gate: AttemptGate;
  session: Store<SessionState>;
  /** How many rooms are fetching what they missed. */
  catchingUp: Store<number>;
  centrifuge: Pick<Centrifuge, 'on' | 'off' | 'connect'>;
}

type Link =
  | { name: 'idle' }
  | { name: 'first' }
  | { name: 'up'; transport: string }
  | { name: 'lost'; since: number; reason: string; code: number }
  | { name: 'refused'; reason: string; code: number };

/** Derives the status from the library's events, the session, the network and the rooms. */
export class ConnectionMonitor implements Connection {
  readonly status: Store<ConnectionStatus>;
  readonly #status: WritableStore<ConnectionStatus>;
  readonly #ports: ConnectionPorts;
  readonly #stops: readonly Cancel[];
  #link: Link = { name: 'idle' };

  constructor(ports: ConnectionPorts) {
    this.#ports = ports;
    this.#status = createStore<ConnectionStatus>({ name: 'signed-out', since: ports.clock.now() });
    this.status = this.#status;
    const update = (): void => this.#update();
    this.#stops = [
      this.#watchLink(),
      ports.network.listen(() => this.#onNetworkChange()),
      ports.gate.state.subscribe(update),
      ports.session.subscribe(update),
      ports.catchingUp.subscribe(update),
    ];
    update();
  }

  readonly reconnectNow = (): void => {
    if (this.#ports.session.getSnapshot().name !== 'signed-in') return;
    if (this.#link.name === 'refused') this.#ports.centrifuge.connect();
    else this.#ports.gate.release();
  };

  readonly close = (): void => {
    for (const stop of this.#stops) stop();
  };

  #watchLink(): Cancel {
    const { centrifuge, clock } = this.#ports;
    const connecting = (ctx: { code: number; reason: string }): void => {
      const before = this.#link;
      if (before.name === 'up') this.#link = { name: 'lost', since: clock.now(), ...pick(ctx) };
      else if (before.name !== 'lost') this.#link = { name: 'first' };
      this.#update();
    };
    const connected = (ctx: { transport: string }): void => {
      this.#link = { name: 'up', transport: ctx.transport };
      this.#update();
    };
    const disconnected = (ctx: { code: number; reason: string }): void => {
      // Code 0: we ended it ourselves.
      this.#link = ctx.code === 0 ? { name: 'idle' } : { name: 'refused', ...pick(ctx) };
      this.#update();
    };
    const error = (ctx: { error: { code: number; message: string } }): void => {
      if (this.#link.name !== 'first') return;
      this.#link = { name: 'lost', since: clock.now(), reason: ctx.error.message, code: ctx.error.code };
      this.#update();
    };
    centrifuge.on('connecting', connecting);
    centrifuge.on('connected', connected);
    centrifuge.on('disconnected', disconnected);
    centrifuge.on('error', error);
    return () => {
      centrifuge.off('connecting', connecting);
      centrifuge.off('connected', connected);
      centrifuge.off('disconnected', disconnected);
      centrifuge.off('error', error);
    };
  }

  #onNetworkChange(): void {
    // Back on a network there is nothing to wait for.
    if (this.#ports.network.isOnline()) this.#ports.gate.release();
    this.#update();
  }

  #update(): void {
    const next = this.#derive();
    const before = this.#status.getSnapshot();
    const since = next.since ?? (before.name === next.name ? before.since : this.#ports.clock.now());
    const status = { ...next, since } as ConnectionStatus;
    if (JSON.stringify(status) !== JSON.stringify(before)) this.#status.set(status);
  }

  #derive(): StatusDraft {
    const { session, network, gate, catchingUp } = this.#ports;
    const link = this.#link;
    if (session.getSnapshot().name === 'signed-out') return { name: 'signed-out' };
    if (link.name === 'up') {
      const rooms = catchingUp.getSnapshot();
      return rooms > 0 ? { name: 'catching-up', rooms } : { name: 'live', transport: link.transport };
    }
    if (link.name === 'refused') return { name: 'denied', reason: link.reason, code: link.code };
    if (!network.isOnline()) return link.name === 'lost' ? { name: 'offline', since: link.since } : { name: 'offline' };
    if (link.name !== 'lost') return { name: 'connecting' };
    const waiting = gate.state.getSnapshot();
    const retryAt = waiting.name === 'waiting' ? waiting.retryAt : null;
    return { name: 'reconnecting', since: link.since, retryAt, reason: link.reason, code: link.code };
  }
}

type WithOptionalSince<T> = T extends { since: number } ? Omit<T, 'since'> & { since?: number } : never;
type StatusDraft = WithOptionalSince<ConnectionStatus>;

function pick(ctx: { code: number; reason: string }): { code: number; reason: string } {
  return { code: ctx.code, reason: ctx.reason };
}
