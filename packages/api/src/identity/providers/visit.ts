// Decides how a visit to a provider begins, and whose it is when the browser comes back.
import { z } from 'zod';
import type { Actor, ApiContext } from '../../context.ts';
import type { ProviderConfig } from '../../config.ts';
import { LIMITS } from '../../http/limits.ts';
import { beginChallenge, makeChallengeSecret, takeChallenge } from '../factors/challenges.ts';
import { openSecret, sealSecret } from '../factors/vault.ts';
import { isRecent } from '../recent.ts';
import type { ProviderDirectory } from './directory.ts';
import { signInPage } from './talk.ts';
import { isState, visitSecrets, type VisitSecrets } from './visit-cookie.ts';

/** What visits ask for. */
export type VisitPorts = Pick<ApiContext, 'config' | 'clock' | 'database' | 'secretKeys' | 'log'> & {
  directory: ProviderDirectory;
};

const Visit = z.object({
  provider: z.string(),
  /** The session that an identity is linked from; null to sign in. */
  sessionId: z.string().nullable(),
  /** An invitation, encrypted: it is as good as an account. */
  invitationBox: z.string().nullable(),
});

/** What a visit is for. */
export type VisitPurpose =
  | { kind: 'sign_in'; invitation: string | undefined }
  | { kind: 'link'; userId: string; sessionId: string };

/** A visit that came back. */
export interface ReturnedVisit {
  provider: ProviderConfig;
  purpose: VisitPurpose;
  secrets: VisitSecrets;
}

/** What beginning gets: where to send the browser, and the secret that its cookie keeps. */
export type VisitBegun =
  | { ok: true; url: string; secret: string }
  | { ok: false; problem: 'not_found' | 'provider.failed' | 'auth.reauthentication_required' };

/** Begins a visit to sign in. */
export function beginSignIn(
  ports: VisitPorts,
  providerId: string,
  invitation: string | undefined,
): Promise<VisitBegun> {
  return begin(ports, providerId, { kind: 'sign_in', invitation });
}

/** Begins a visit that links an identity to the account of a person who has proved lately who they are. */
export async function beginLink(ports: VisitPorts, providerId: string, actor: Actor): Promise<VisitBegun> {
  if (!(await isRecent(ports.database.read, ports, actor)))
    return { ok: false, problem: 'auth.reauthentication_required' };
  return begin(ports, providerId, { kind: 'link', userId: actor.userId, sessionId: actor.sessionId });
}

async function begin(ports: VisitPorts, providerId: string, purpose: VisitPurpose): Promise<VisitBegun> {
  const provider = ports.directory.find(providerId);
  if (provider === undefined) return { ok: false, problem: 'not_found' };
  const secret = makeChallengeSecret();
  const page = await signInPage(ports, provider, visitSecrets(secret));
  if (!page.ok) {
    ports.log.warn({ event: 'provider.failed', provider: provider.id, reason: page.reason }, 'no visit to a provider');
    return { ok: false, problem: 'provider.failed' };
  }
  const invitation = purpose.kind === 'sign_in' ? purpose.invitation : undefined;
  const data: z.infer<typeof Visit> = {
    provider: provider.id,
    sessionId: purpose.kind === 'link' ? purpose.sessionId : null,
    invitationBox:
      invitation === undefined ? null : sealSecret(ports.secretKeys, { text: invitation, owner: provider.id }),
  };
  const userId = purpose.kind === 'link' ? purpose.userId : null;
  const now = ports.clock.now();
  const { visitLifeMs: lifeMs } = LIMITS.providers;
  await ports.database.transact((query) =>
    beginChallenge(query, { kind: 'provider_sign_in', userId, data, now, lifeMs, secret }),
  );
  return { ok: true, url: page.value, secret };
}

/**
 * Finds the visit that a browser comes back from. It is over then, whatever comes of it; a state that is not of this
 * browser's visit leaves it alone, so that no foreign page can end it.
 */
export async function takeVisit(
  ports: VisitPorts,
  came: { providerId: string; secret: string | undefined; state: string | null },
): Promise<ReturnedVisit | undefined> {
  const { secret } = came;
  if (secret === undefined) return undefined;
  const secrets = visitSecrets(secret);
  if (!isState(came.state, secrets.state)) return undefined;
  const now = ports.clock.now();
  const taken = await ports.database.transact((query) =>
    takeChallenge(query, { kind: 'provider_sign_in', secret, now, shape: Visit }),
  );
  const provider = ports.directory.find(came.providerId);
  if (taken === undefined || provider === undefined || taken.data.provider !== provider.id) return undefined;
  const { sessionId, invitationBox } = taken.data;
  if (sessionId !== null && taken.userId !== null)
    return { provider, secrets, purpose: { kind: 'link', userId: taken.userId, sessionId } };
  const invitation =
    invitationBox === null ? undefined : openSecret(ports.secretKeys, { box: invitationBox, owner: provider.id });
  return { provider, secrets, purpose: { kind: 'sign_in', invitation } };
}
