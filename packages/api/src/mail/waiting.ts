// Decides which mails administrators may read: those that have not reached anybody.
import type { WaitingMail, WaitingMailPage } from '@parley/contract';
import type { Query } from '../db/database.ts';
import { contentOf } from './content.ts';
import type { MailRow } from './queue.ts';
import { renderMail } from './templates/render.ts';

/** Lists mails that wait, were held or failed, newest first. `after` is the `next` of the page before. */
export async function listWaiting(
  query: Query,
  page: { limit: number; after?: string | undefined },
  site: string,
): Promise<WaitingMailPage> {
  const before = page.after === undefined ? undefined : Number(Buffer.from(page.after, 'base64url').toString());
  const rows = await query
    .selectFrom('mails')
    .selectAll()
    .where((eb) =>
      eb.or([
        eb('status', 'in', ['held', 'failed']),
        // On its way it is between the server and the person alone.
        eb.and([eb('status', '=', 'waiting'), eb('last_error', 'is not', null)]),
      ]),
    )
    .where((eb) =>
      before === undefined ? eb.lit(true) : eb('position', '<', Number.isSafeInteger(before) ? before : 0),
    )
    .orderBy('position', 'desc')
    .limit(page.limit + 1)
    .execute();
  const shown = rows.slice(0, page.limit);
  const hasMore = rows.length > page.limit;
  const last = shown.at(-1);
  const next = hasMore && last !== undefined ? Buffer.from(String(last.position)).toString('base64url') : null;
  return { data: shown.flatMap((row) => presentMail(row, site) ?? []), page: { next, prev: null, hasMore } };
}

/** A mail as administrators see it, with the text that the person would have got; undefined when it cannot be shown. */
export function presentMail(row: MailRow, site: string): WaitingMail | undefined {
  const content = contentOf(row);
  if (content === undefined || row.status === 'sent') return undefined;
  const { subject, text } = renderMail(content, site);
  return {
    id: row.id,
    to: row.recipient,
    template: row.template,
    status: row.status,
    subject,
    text,
    createdAt: new Date(row.created_at).toISOString(),
    lastError: row.last_error,
  };
}
