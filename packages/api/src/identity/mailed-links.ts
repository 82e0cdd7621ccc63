// Decides how a link that a mail carries is made: a secret of 256 bits, stored by its hash, bound to person, address and epoch.
import { createHash, randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { ApiConfig } from '../config.ts';
import type { Clock } from '../context.ts';
import type { MailedLinks } from './ports.ts';

const HOUR_MS = 3_600_000;
const KINDS = {
  email_verify: { prefix: 'ev_', page: 'confirm', lifeMs: 24 * HOUR_MS },
  not_me: { prefix: 'nm_', page: 'not-me', lifeMs: 7 * 24 * HOUR_MS },
} as const;

/** Makes the links. Their base is the configured address, never what a request says. */
export function createMailedLinks(ports: { config: Pick<ApiConfig, 'publicUrl'>; clock: Clock }): MailedLinks {
  return {
    async make(query, user, kind) {
      const { prefix, page, lifeMs } = KINDS[kind];
      const token = `${prefix}${randomBytes(32).toString('base64url')}`;
      const now = ports.clock.now();
      await query
        .insertInto('one_time_tokens')
        .values({
          id: uuidv7(),
          kind,
          user_id: user.id,
          secret_hash: createHash('sha256').update(token).digest('base64url'),
          email: user.email,
          user_epoch: user.epoch,
          expires_at: now + lifeMs,
          created_at: now,
        })
        .execute();
      return `${ports.config.publicUrl}/${page}#${token}`;
    },
  };
}
