// Decides what happens to each piece of a frame, and in which order: each command is answered once, or the connection ends.
import {
  type Command,
  type Disconnect,
  disconnects,
  type Incoming,
  type Reply,
  type ReplyError,
  replyErrors,
} from '@parley/protocol';
import { BackendUnavailable } from '../backend/backend.ts';
import type { GatewayContext } from '../context.ts';
import { limits } from '../limits.ts';
import { channelOf } from '../metrics/metrics.ts';
import { background } from '../log.ts';
import { nextTurn } from '../next-turn.ts';
import { disconnect } from '../operations/disconnect.ts';
import { endedMeanwhile, type Refusal, refuse } from '../operations/refusal.ts';
import { Lanes } from '../session/lanes.ts';
import type { Session } from '../session/session.ts';
import { connect } from './connect.ts';
import { history } from './history.ts';
import type { Asking, Outcome } from './outcome.ts';
import { presence, presenceStats } from './presence.ts';
import { publish } from './publish.ts';
import { refresh } from './refresh.ts';
import { endOfRefused } from './refused-connect.ts';
import { rpc } from './rpc.ts';
import { subRefresh } from './sub-refresh.ts';
import { subscribe } from './subscribe.ts';
import { unsubscribe } from './unsubscribe.ts';

/**
 * Takes a frame of a session. Commands of one session run one after another, or side by side up to `client.concurrency`; those of
 * different sessions side by side.
 */
export function receive(context: GatewayContext, session: Session, frame: Buffer): void {
  if (session.inbox.add(frame)) background(context.log, work(context, session));
  else if (session.inbox.isFull) session.transport.pause();
}

async function work(context: GatewayContext, session: Session): Promise<void> {
  const isSideBySide = context.config.client.concurrency > 1;
  let handled = 0;
  for (let frame = session.inbox.next(); frame !== undefined; frame = session.inbox.next()) {
    let bytes = frame.length;
    for (const incoming of session.format.codec.decode(frame)) {
      if (session.phase.name === 'closed') break;
      handled += 1;
      context.metrics.received(session.transport.name, incoming, bytes);
      bytes = 0;
      if (handled % limits.maxCommandsPerTurn === 0) await nextTurn();
      if (isSideBySide && session.phase.name === 'connected' && isCommand(incoming)) {
        await admit(context, session, incoming);
        continue;
      }
      const end = incoming.name === 'pong' ? takePong(context, session) : await handle(context, session, incoming);
      if (end !== undefined) await disconnect(context, session, end);
    }
    if (!session.inbox.isFull) session.transport.resume();
  }
}

function isCommand(incoming: Incoming): incoming is Command {
  return incoming.name !== 'pong' && incoming.name !== 'malformed';
}

/** Starts a command as soon as there is a place for it; commands that name the same channel keep their order. */
async function admit(context: GatewayContext, session: Session, command: Command): Promise<void> {
  const lanes = (session.lanes ??= new Lanes(context.config.client.concurrency));
  while (lanes.isFull) await lanes.free();
  const lane = laneOf(command);
  const stopWaiting = command.name === 'unsubscribe' && lanes.isBusy(lane) ? limitWait(context, session) : undefined;
  const run = async (): Promise<void> => {
    stopWaiting?.();
    const end = await handle(context, session, command);
    if (end !== undefined) await disconnect(context, session, end);
  };
  background(context.log, lanes.run(lane, run));
}

/** Commands of one lane keep their order. Undefined: the order does not matter. */
function laneOf({ name, request }: Command): string | undefined {
  if (name === 'rpc') return undefined;
  return 'channel' in request ? `channel ${request.channel}` : 'the connection itself';
}

/** Ends the connection if what it waits for takes too long. @returns ends the waiting */
function limitWait(context: GatewayContext, session: Session): () => void {
  const stop = context.clock.every(limits.unsubscribeWaitMs, () => {
    stop();
    background(context.log, disconnect(context, session, disconnects.internal));
  });
  return stop;
}

function takePong({ config, clock, metrics }: GatewayContext, { phase, transport }: Session): Disconnect | undefined {
  if (phase.name !== 'connected' || phase.pongDueAt === undefined) return disconnects.badRequest;
  const sentAt = phase.pongDueAt - config.client.pong_timeout;
  metrics.ponged(transport.name, clock.now() - sentAt);
  phase.pongDueAt = undefined;
  return undefined;
}

/** @returns why the connection has to end, if it has to */
async function handle(
  context: GatewayContext,
  session: Session,
  incoming: Exclude<Incoming, { name: 'pong' }>,
): Promise<Disconnect | undefined> {
  if (incoming.name === 'malformed') return disconnects.badRequest;
  const startedAt = context.metrics.elapsed();
  try {
    const end = await (incoming.name === 'connect'
      ? handleConnect(context, session, incoming)
      : handleOther(context, session, incoming));
    context.metrics.carriedOut(incoming, startedAt);
    return end;
  } catch (error) {
    return afterFailure(context, session, { incoming, error });
  }
}

/** A command whose fate is unknown is answered with a temporary error; a connect that broke here ends the connection. */
function afterFailure(
  context: GatewayContext,
  session: Session,
  { incoming, error }: { incoming: Command; error: unknown },
): Disconnect | undefined {
  const fields = { client: session.clientId, command: incoming.name };
  const isLost = error instanceof BackendUnavailable;
  const { log } = context;
  if (isLost) log.warn({ ...fields, reason: error.message, err: error.cause }, 'the backend gave no answer');
  else log.error({ ...fields, err: error }, 'command failed');
  const { phase } = session;
  if (incoming.name === 'connect') {
    if (!isLost || phase.name !== 'awaiting_connect') return disconnects.internal;
    session.phase = { name: 'refused', until: phase.until };
  }
  replyError(context, session, { command: incoming, error: replyErrors.internal });
  return undefined;
}

async function handleConnect(
  context: GatewayContext,
  session: Session,
  command: Extract<Command, { name: 'connect' }>,
): Promise<Disconnect | undefined> {
  const { phase } = session;
  if (phase.name !== 'awaiting_connect') return disconnects.badRequest;
  const outcome = await connect(context, session, command.request);
  // The client may have gone while it was asked who it is.
  if (session.phase.name === 'closed') return undefined;
  if (outcome.ok) {
    // The client comes back and learns what it is in now.
    if (outcome.isVoid?.() === true) return disconnects.insufficientState;
    session.reply({ id: command.id, name: 'connect', result: outcome.result });
    await outcome.after?.();
    return undefined;
  }
  if (session.transport.isUnidirectional) return endOfRefused(context, session, outcome);
  // Whoever was let in and failed later holds subscriptions: only ending the connection leaves nothing behind.
  if (session.phase.name !== 'awaiting_connect' && outcome.error !== undefined) {
    replyError(context, session, { command, error: outcome.error });
    return disconnects.insufficientState;
  }
  session.phase = { name: 'refused', until: phase.until };
  return writeRefusal(context, session, { command, refusal: outcome });
}

type OtherCommand = Exclude<Command, { name: 'connect' }>;

async function handleOther(
  context: GatewayContext,
  session: Session,
  command: OtherCommand,
): Promise<Disconnect | undefined> {
  if (session.phase.name !== 'connected') return disconnects.badRequest;
  // No message handler exists for `send`, as in Centrifugo.
  if (command.name === 'send') return disconnects.notAvailable;
  if (context.rateLimits?.allows(session, session.phase.user, command) === false) {
    context.metrics.store.count('parley_rate_limited_total', command.name);
    return writeRefusal(context, session, { command, refusal: refuse(replyErrors.tooManyRequests) });
  }
  const outcome = await carryOut(context, { session, connected: session.phase }, command);
  if (!outcome.ok) return writeRefusal(context, session, { command, refusal: outcome });
  if (outcome.isVoid?.() === true) return writeRefusal(context, session, { command, refusal: endedMeanwhile });
  // The table below gives each command's own result; the compiler loses that in the union.
  session.reply({ id: command.id, name: command.name, result: outcome.result } as Reply, channelOf(command));
  await outcome.after?.();
  return undefined;
}

type Answered = Exclude<OtherCommand, { name: 'send' }>;

function carryOut(
  context: GatewayContext,
  asking: Asking,
  command: Answered,
): Promise<Outcome<Answered['name']>> | Outcome<Answered['name']> {
  switch (command.name) {
    case 'subscribe':
      return subscribe(context, asking, command.request);
    case 'unsubscribe':
      return unsubscribe(context, asking, command.request);
    case 'publish':
      return publish(context, asking, command.request);
    case 'presence':
      return presence(context, asking, command.request);
    case 'presence_stats':
      return presenceStats(context, asking, command.request);
    case 'history':
      return history(context, asking, command.request);
    case 'rpc':
      return rpc(context, asking, command.request);
    case 'refresh':
      return refresh(context, asking, command.request);
    case 'sub_refresh':
      return subRefresh(context, asking, command.request);
    default:
      return command satisfies never;
  }
}

function writeRefusal(
  context: GatewayContext,
  session: Session,
  { command, refusal }: { command: Command; refusal: Refusal },
): Disconnect | undefined {
  const { error } = refusal;
  if (error === undefined) return refusal.disconnect;
  replyError(context, session, { command, error });
  // Internal errors are not the client's fault.
  const isOwnFault = error.code !== replyErrors.internal.code;
  return isOwnFault && context.rateLimits?.allowsError(session) === false ? disconnects.tooManyRequests : undefined;
}

function replyError(
  { metrics }: GatewayContext,
  session: Session,
  { command, error }: { command: Command; error: ReplyError },
): void {
  metrics.refused(command, error.code);
  session.reply({ id: command.id, name: 'error', error }, channelOf(command));
}
