// Decides what a connection's timers do: stale, ping, no pong, expiry and upkeep, all from one wheel.
import { type Disconnect, disconnects } from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import { background } from '../log.ts';
import type { Connected, Session } from '../session/session.ts';
import { disconnect } from './disconnect.ts';
import { renewConnection } from './renew.ts';
import { upkeep } from './upkeep.ts';

/** First times of a connection that was just established; pings and upkeep are spread over half an interval. */
export function firstTimes({
  config,
  clock,
  random,
}: Pick<GatewayContext, 'config' | 'clock' | 'random'>): Pick<Connected, 'nextPingAt' | 'pongDueAt' | 'nextUpkeepAt'> {
  const now = clock.now();
  const { ping_interval: ping, presence_update_interval: upkeepMs } = config.client;
  return {
    nextPingAt: ping > 0 ? now + ping * (0.5 + random() / 2) : Infinity,
    pongDueAt: undefined,
    nextUpkeepAt: upkeepMs > 0 ? now + upkeepMs * (0.5 + random() / 2) : Infinity,
  };
}

/** Puts a session into the wheel for the next time at which something may be due. */
export function scheduleNext(context: Pick<GatewayContext, 'config' | 'wheel'>, session: Session): void {
  const { phase } = session;
  switch (phase.name) {
    case 'awaiting_connect':
    case 'refused':
      context.wheel.schedule(session, phase.until);
      return;
    case 'connected': {
      const closesAt = endOfLife(context, phase);
      const next = Math.min(phase.nextPingAt, phase.pongDueAt ?? Infinity, phase.nextUpkeepAt, closesAt);
      if (next < Infinity) context.wheel.schedule(session, next);
      return;
    }
    case 'closed':
      return;
    default:
      phase satisfies never;
  }
}

/** When a connection is to be closed, or when the backend is to be asked, where it is asked. */
function endOfLife({ config }: Pick<GatewayContext, 'config'>, { expiresAt, isRefreshing }: Connected): number {
  if (expiresAt === undefined || isRefreshing) return Infinity;
  return config.client.proxy.refresh.enabled ? expiresAt : expiresAt + config.client.expired_close_delay;
}

/** Does what is due for a session. Called by the wheel. */
export function attend(context: GatewayContext, session: Session, now: number): void {
  const end = endOf(context, session, now);
  if (end !== undefined) {
    background(context.log, disconnect(context, session, end));
    return;
  }
  if (session.phase.name === 'connected') attendConnected(context, session, session.phase);
  scheduleNext(context, session);
}

function endOf(context: GatewayContext, { phase }: Session, now: number): Disconnect | undefined {
  switch (phase.name) {
    case 'awaiting_connect':
    case 'refused':
      return now >= phase.until ? disconnects.stale : undefined;
    case 'connected': {
      if (now >= (phase.pongDueAt ?? Infinity)) return disconnects.noPong;
      const endsHere = !context.config.client.proxy.refresh.enabled;
      return endsHere && now >= endOfLife(context, phase) ? disconnects.expired : undefined;
    }
    case 'closed':
      return undefined;
    default:
      return phase satisfies never;
  }
}

function attendConnected(context: GatewayContext, session: Session, connected: Connected): void {
  const now = context.clock.now();
  const { ping_interval: pingMs, pong_timeout: pongMs, presence_update_interval: upkeepMs } = context.config.client;
  // Times further away than their interval were agreed before the machine's time was set back.
  if (pingMs > 0) connected.nextPingAt = Math.min(connected.nextPingAt, now + pingMs);
  if (upkeepMs > 0) connected.nextUpkeepAt = Math.min(connected.nextUpkeepAt, now + upkeepMs);
  if (connected.pongDueAt !== undefined) connected.pongDueAt = Math.min(connected.pongDueAt, now + pongMs);
  // Whoever has to end here has ended before.
  if (now >= endOfLife(context, connected)) background(context.log, renewOrEnd(context, session, connected));
  if (now >= connected.nextPingAt) {
    connected.nextPingAt = now + pingMs;
    ping(session, connected, pongMs > 0 ? now + pongMs : undefined);
  }
  if (now >= connected.nextUpkeepAt) {
    connected.nextUpkeepAt = now + upkeepMs;
    background(context.log, upkeep(context, session, connected));
  }
}

function ping(session: Session, connected: Connected, pongDueAt: number | undefined): void {
  const { transport } = session;
  if (!transport.pingsItself) session.push(session.format.ping);
  const isAnswered = transport.ping() || !transport.isUnidirectional;
  if (isAnswered) connected.pongDueAt = pongDueAt;
}

async function renewOrEnd(context: GatewayContext, session: Session, connected: Connected): Promise<void> {
  if (await renewConnection(context, session, connected)) scheduleNext(context, session);
  else await disconnect(context, session, disconnects.expired);
}
