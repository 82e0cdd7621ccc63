// Decides how tests read the mails that a house has queued, and the secrets in their links.
import type { House } from './house.ts';

/** A queued mail; `token` is the secret of its link. */
export interface QueuedMail {
  to: string;
  template: string;
  data: Record<string, string | number>;
  token: string;
}

/** Every mail so far, the oldest first, once nothing waits behind an answer. */
export async function mailsOf(house: House): Promise<QueuedMail[]> {
  await house.identity.ports.afterAnswer.idle();
  const rows = await house.database.read.selectFrom('mails').selectAll().orderBy('position').execute();
  return rows.map(({ recipient, template, data }) => {
    const read = JSON.parse(data) as QueuedMail['data'];
    return { to: recipient, template, data: read, token: String(read['url']).split('#')[1] ?? '' };
  });
}

/** The newest mail of a template. */
export async function lastMail(house: House, template: string): Promise<QueuedMail> {
  const mail = (await mailsOf(house)).findLast((one) => one.template === template);
  if (mail === undefined) throw new Error(`there is no mail ${template}`);
  return mail;
}
