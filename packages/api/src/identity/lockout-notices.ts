// Decides who hears of refused sign-ins: auditors of each kind once in a while, the owner once a day.
import type { Requester } from '../audit/ports.ts';
import { background } from '../http/log.ts';
import { makeLink } from './one-time-links.ts';
import type { Admitted } from './lockout.ts';
import { claimMail } from './login-failures.ts';
import type { IdentityPorts } from './ports.ts';

/** Whose name was tried, as far as anybody needs to know: its keyed hash, and the canonical address if it is one. */
export interface TriedName {
  name: string;
  emailKey: string | undefined;
}

type Ports = Pick<IdentityPorts, 'audit' | 'database' | 'clock' | 'log' | 'limits' | 'mailer' | 'config'>;

/** Tells of a try that was refused before anybody looked at the account. Nothing is waited for. */
export function noteRefused(
  ports: Ports,
  refused: Admitted & { ok: false },
  tried: TriedName & { requester: Requester },
): void {
  const { name, requester } = tried;
  const isChallenge = refused.problem === 'auth.challenge_required';
  background(
    ports.log,
    'login notice',
    (async () => {
      // A flood of refusals is one event, not a flood of them.
      if (!(await ports.limits.take('login-noted', `${refused.bucket}:${name}`)).ok) return;
      ports.audit.note({
        name: isChallenge ? 'login.challenge_required' : 'login.blocked',
        outcome: 'failure',
        reason: refused.bucket,
        requester,
        details: { identifier: name },
      });
      if (isChallenge) await mailOwner(ports, tried);
    })(),
  );
}

/** Tells of the hard stop: this was the last password that strangers may try at this name. */
export function noteStopped(
  ports: Ports,
  tried: TriedName & { requester: Requester; userId: string | undefined },
): void {
  const { name, requester, userId } = tried;
  ports.audit.note({
    name: 'lockout.started',
    outcome: 'failure',
    requester,
    ...(userId === undefined ? {} : { subjectId: userId }),
    details: { identifier: name },
  });
  background(ports.log, 'lockout mail', mailOwner(ports, tried));
}

/** One mail a day, if there is an owner. */
async function mailOwner(ports: Ports, tried: TriedName): Promise<void> {
  await ports.database.transact(async (query) => {
    if (!(await claimMail(query, tried.name, ports.clock.now()))) return;
    const user = await query
      .selectFrom('users')
      .selectAll()
      .where('email_key', '=', tried.emailKey ?? '')
      .where('disabled_at', 'is', null)
      .executeTakeFirst();
    if (user === undefined) return;
    const { url } = await makeLink(query, ports, { kind: 'not_me', user });
    await ports.mailer.queue(query, { template: 'lockout', to: user.email, data: { name: user.name, url } });
  });
}
