// Decides what runs beside the requests for audit and mail, and in which order it ends.
import type { WaitingMail } from '@parley/contract';
import type { Logger } from 'pino';
import type { AuditLog } from './audit/audit.ts';
import { watchClock } from './audit/clock-watch.ts';
import { startSealer } from './audit/sealer.ts';
import type { ApiConfig } from './config.ts';
import type { Clock } from './context.ts';
import type { Database } from './db/database.ts';
import { watchHeld } from './mail/held.ts';
import { startSender } from './mail/sender.ts';
import { createSmtpTransport } from './mail/transport.ts';

/** What the runners ask for. */
export interface RunnerPorts {
  config: Pick<ApiConfig, 'publicUrl' | 'smtp'>;
  database: Database;
  clock: Clock;
  log: Logger;
  audit: AuditLog;
  onHeldMail?: (mail: WaitingMail) => void;
}

/** Everything that {@link startRunners} started. */
export interface Runners {
  /** Ends the mail in hand, stores the last notes of the audit log and seals them. */
  stop(): Promise<void>;
}

/** Starts the watch of the clock, the sealer of the audit log, and whoever takes care of mails. */
export function startRunners(ports: RunnerPorts): Runners {
  const watch = watchClock({ clock: ports.clock, monotonic: () => performance.now(), audit: ports.audit });
  const sealer = startSealer(ports);
  const mails = startMails(ports);
  return {
    async stop() {
      watch.stop();
      await mails.stop();
      await ports.audit.close();
      await sealer.stop();
    },
  };
}

function startMails(ports: RunnerPorts): { stop(): Promise<void> } {
  const { smtp, publicUrl } = ports.config;
  const site = new URL(publicUrl).host;
  if (smtp === undefined) return watchHeld({ ...ports, site, onHeld: ports.onHeldMail ?? (() => undefined) });
  return startSender({ ...ports, site, transport: createSmtpTransport(smtp), random: Math.random });
}
