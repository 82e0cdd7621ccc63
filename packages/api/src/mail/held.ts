// Decides how somebody at the terminal hears of mails that wait because no mail server is configured.
import type { WaitingMail } from '@parley/contract';
import type { Logger } from 'pino';
import type { Clock } from '../context.ts';
import type { Database } from '../db/database.ts';
import { createAlarm } from '../outbox/alarm.ts';
import { heldAfter, sweepMails } from './queue.ts';
import { presentMail } from './waiting.ts';

const POLL_MS = 1_000;
const SWEEP_MS = 3_600_000;

/** What watching asks for. */
export interface HeldPorts {
  database: Database;
  clock: Clock;
  log: Pick<Logger, 'info' | 'error'>;
  site: string;
  /** Called once for each mail that is held from now on. It carries a secret: show it to people, never to a log. */
  onHeld: (mail: WaitingMail) => void;
}

/** Tells of each mail that is held from now on, and erases old ones, until it is stopped. */
export function watchHeld(ports: HeldPorts): { stop(): Promise<void> } {
  const { database, clock, log, site, onHeld } = ports;
  const alarm = createAlarm();
  const state = { isStopping: false, position: -1, sweptAt: 0 };
  const turn = async (): Promise<void> => {
    if (Math.abs(clock.now() - state.sweptAt) >= SWEEP_MS) {
      state.sweptAt = clock.now();
      await sweepMails(database, clock.now());
    }
    if (state.position < 0) state.position = await lastPosition(database);
    for (const row of await heldAfter(database, state.position)) {
      state.position = row.position;
      const mail = presentMail(row, site);
      log.info({ mailId: row.id, template: row.template }, 'a mail waits for an administrator: no mail server is set');
      if (mail !== undefined) onHeld(mail);
    }
  };
  const run = async (): Promise<void> => {
    while (!state.isStopping) {
      await turn().catch((error: unknown) => log.error({ err: error }, 'held mails cannot be read'));
      await alarm.sleep(POLL_MS);
    }
  };
  const ended = run();
  return {
    stop() {
      state.isStopping = true;
      alarm.stop();
      return ended;
    },
  };
}

async function lastPosition({ read }: Pick<Database, 'read'>): Promise<number> {
  const row = await read.selectFrom('mails').select('position').orderBy('position', 'desc').limit(1).executeTakeFirst();
  return row?.position ?? 0;
}
