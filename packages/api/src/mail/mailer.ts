// Decides how a mail is asked for: queued in the transaction of the fact that it tells of.
import type { Transaction } from 'kysely';
import type { Logger } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import type { Clock } from '../context.ts';
import type { Tables } from '../db/schema.ts';
import type { MailContent, Mailer } from './ports.ts';

const HOUR_MS = 3_600_000;
/** Mails to one address in an hour, whatever they are about; more are not queued. */
const PER_ADDRESS_AND_HOUR = 20;
/** Of these, whose sending strangers bring about, so few that there is always room for what warns an owner. */
const PER_TEMPLATE_AND_HOUR: Partial<Record<MailContent['template'], number>> = {
  account_exists: 3,
  email_change_confirm: 5,
  // Programs that forget their device sign in from a new one each time.
  new_device: 3,
};

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
      if (await isTooMuch(query, mail, now)) {
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

async function isTooMuch(
  query: Transaction<Tables>,
  mail: { to: string } & MailContent,
  now: number,
): Promise<boolean> {
  const rows = await query
    .selectFrom('mails')
    .select(['template', (eb) => eb.fn.countAll<number | string>().as('count')])
    .where('recipient', '=', mail.to)
    .where('created_at', '>', now - HOUR_MS)
    .groupBy('template')
    .execute();
  const alike = Number(rows.find(({ template }) => template === mail.template)?.count ?? 0);
  const all = rows.reduce((sum, { count }) => sum + Number(count), 0);
  return all >= PER_ADDRESS_AND_HOUR || alike >= (PER_TEMPLATE_AND_HOUR[mail.template] ?? PER_ADDRESS_AND_HOUR);
}
