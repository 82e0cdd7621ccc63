// Decides what "it was not me" does: nobody is signed in any more, what lets in is off, and a reset begins.
import type { Requester } from '../audit/ports.ts';
import { LIMITS } from '../http/limits.ts';
import { endAllKeys } from './api-keys.ts';
import { dropNewWaysIn } from './factors/ways-in.ts';
import { useLink } from './one-time-links.ts';
import { announceCut, cutOff } from './password-set.ts';
import type { IdentityPorts } from './ports.ts';
import { announceEnded } from './sessions.ts';
import { mailReset } from './reset-request.ts';

/** What the link of a warning gets. */
export type Disowned = { ok: true } | { ok: false; problem: 'link.invalid' };

/**
 * Uses the link of a warning. Whoever set the password may know it, so that it is turned off; the person gets a mail to
 * set another, a change of address that waits is dropped, and devices are not known any more. So that an intruder has
 * left no door open, all keys of programs end, and passkeys and links to providers as young as a warning may be.
 */
export async function disown(
  ports: IdentityPorts,
  presented: { token: string; requester: Requester },
): Promise<Disowned> {
  const { token, requester } = presented;
  const now = ports.clock.now();
  const disowned = await ports.database.transact(async (query) => {
    const found = await useLink(query, { token, kinds: ['not_me'], now });
    if (found === undefined) return undefined;
    const userId = found.user.id;
    await query
      .updateTable('users')
      .set((column) => ({
        password_hash: '',
        password_scheme: 'none',
        device_epoch: column('device_epoch', '+', 1),
      }))
      .where('id', '=', userId)
      .execute();
    const keys = await endAllKeys(query, ports, { userId, requester });
    await dropNewWaysIn(query, ports, { userId, requester, since: now - LIMITS.mailedLinks.notMeMs });
    const user = await cutOff(query, ports, { userId, reason: 'not_me' });
    await ports.audit.record(query, {
      name: 'session.revoked',
      outcome: 'success',
      reason: 'not me',
      requester,
      actorId: userId,
      subjectId: userId,
    });
    await mailReset(query, ports, { user, requester });
    return { user, keys };
  });
  if (disowned === undefined) return { ok: false, problem: 'link.invalid' };
  announceEnded(ports, disowned.keys);
  announceCut(ports, disowned.user);
  return { ok: true };
}
