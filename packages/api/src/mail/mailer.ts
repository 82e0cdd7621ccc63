// Decides how a mail is asked for: queued in the transaction of the fact that it tells of.
import { v7 as uuidv7 } from 'uuid';
import type { Clock } from '../context.ts';
import type { Mailer } from './ports.ts';

/** Makes the queue's entrance. */
export function createMailer(ports: { clock: Clock; isConfigured: boolean }): Mailer {
  const { clock, isConfigured } = ports;
  return {
    isConfigured,
    async queue(query, mail) {
      const now = clock.now();
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
