// Decides when queued mails are sent, how often they are tried, and when they are given up.
import type { Logger } from 'pino';
import type { Clock } from '../context.ts';
import type { Database } from '../db/database.ts';
import { createAlarm } from '../outbox/alarm.ts';
import { pauseMs, type Backoff } from '../outbox/backoff.ts';
import { contentOf } from './content.ts';
import { isDue, releaseHeld, settleFailed, settleSent, sweepMails, takeDue, TRY_MS, type MailRow } from './queue.ts';
import { renderMail } from './templates/render.ts';
import type { MailTransport, Sent } from './transport.ts';

/** Pauses between the tries of one mail, in milliseconds. */
const BACKOFF: Backoff = { firstMs: 10_000, longestMs: 3_600_000 };
const POLL_MS = 1_000;
const SWEEP_MS = 3_600_000;

/** What sending asks for. `random` gives numbers from 0 to 1 for the jitter of pauses. */
export interface SenderPorts {
  database: Database;
  clock: Clock;
  log: Pick<Logger, 'info' | 'warn' | 'error'>;
  transport: MailTransport;
  /** The host of the site; its name in mails, and the right side of message ids. */
  site: string;
  random: () => number;
}

/** The running sender. */
export interface Sender {
  /** Sends what is due now; one mail after another. */
  sendDue(): Promise<void>;
  /** Finishes the mail in hand and ends. */
  stop(): Promise<void>;
}

/**
 * Starts the sender. A mail is taken before it is sent and settled after it: a crash in between sends it again, under
 * the same message id, after two minutes. Several nodes share the queue.
 */
export function startSender(ports: SenderPorts): Sender {
  const { database, clock, log } = ports;
  const alarm = createAlarm();
  const state = { isStopping: false, sweptAt: 0 };
  const sendDue = async (): Promise<void> => {
    while (!state.isStopping && (await isDue(database, clock.now()))) {
      const row = await takeDue(database, clock.now());
      if (row !== undefined) await sendOne(ports, row);
    }
  };
  const turn = async (): Promise<void> => {
    if (Math.abs(clock.now() - state.sweptAt) >= SWEEP_MS) {
      state.sweptAt = clock.now();
      await sweepMails(database, clock.now());
    }
    await sendDue();
  };
  const run = async (): Promise<void> => {
    const report = (error: unknown): void => log.error({ err: error }, 'mails cannot be sent; they wait');
    await releaseHeld(database, clock.now()).catch(report);
    while (!state.isStopping) {
      await turn().catch(report);
      await alarm.sleep(POLL_MS);
    }
  };
  const ended = run();
  return {
    sendDue,
    stop() {
      state.isStopping = true;
      alarm.stop();
      return ended;
    },
  };
}

async function sendOne(ports: SenderPorts, row: MailRow): Promise<void> {
  const { database, clock, log, transport, site } = ports;
  const sent = await send(row, transport, site);
  const now = clock.now();
  const about = { mailId: row.id, template: row.template, attempts: row.attempts };
  if (sent.ok) {
    await settleSent(database, row, now);
    log.info(about, 'mail sent');
    return;
  }
  const pause = pauseMs(BACKOFF, row.attempts, ports.random());
  const isOver = sent.isFinal || now + pause - row.created_at >= TRY_MS;
  const nextAttemptAt = isOver ? null : now + pause;
  await settleFailed(database, row, { reason: sent.reason, now, nextAttemptAt });
  // The reason may quote the address; administrators read it on their page.
  if (isOver) log.error(about, 'a mail could not be sent and is given up; administrators can read it');
  else log.warn({ ...about, pauseMs: pause }, 'a mail could not be sent; it is tried again');
}

async function send(row: MailRow, transport: MailTransport, site: string): Promise<Sent> {
  const content = contentOf(row);
  if (content === undefined) return { ok: false, isFinal: true, reason: 'this version has no such template' };
  return transport.send({
    ...renderMail(content, site),
    to: row.recipient,
    messageId: `<${row.id}@${site.replace(/:\d+$/, '')}>`,
  });
}
