// Decides how a mail is asked for: queued in the transaction of the fact that it tells of.
import type { Transaction } from 'kysely';
import type { Logger } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import type { Clock } from '../context.ts';
import type { Tables } from '../db/schema.ts';
import type { Mailer } from './ports.ts';

const HOUR_MS = 3_600_000;
/** Mails to one address in an hour, whatever they are about; more are not queued. */
const PER_ADDRESS_AND_HOUR = 20;

/** What the entrance asks for. */
export interface MailerPorts {
  clock: Clock;
  isConfigured: boolean;
  log?: Pick<Logger, 'warn'>;
}

/** Makes the queue's entrance. */
export function createMailer({ clock, isConfigured, log }: MailerPorts): Mailer {
  return {
    isConfigured,
    async queue(query, mail) {
      const now = clock.now();
      if ((await countRecent(query, mail.to, now)) >= PER_ADDRESS_AND_HOUR) {
        log?.warn({ template: mail.template }, 'a mail was not queued: too many to one address in an hour');
        return;
      }
      await query
        .insertInto('mails')
        .values({
          id: uuidv7(),
          recipient: mail.to,
          template: mail.template,
          data: JSON.stringify(mail.data),
          status: isConfigured ? 'waiting' : 'held',
          last_error: null,
          next_attempt_at: now,
          created_at: now,
          ended_at: null,
        })
        .execute();
    },
  };
}

async function countRecent(query: Transaction<Tables>, recipient: string, now: number): Promise<number> {
  const { count } = await query
    .selectFrom('mails')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('recipient', '=', recipient)
    .where('created_at', '>', now - HOUR_MS)
    .executeTakeFirstOrThrow();
  return Number(count);
}
