// Decides how a stored mail becomes one that can be rendered.
import type { MailContent } from './ports.ts';
import type { MailRow } from './queue.ts';
import { isTemplate } from './templates/render.ts';

/** What a row says; undefined when it was written by a version that had another template. */
export function contentOf(row: Pick<MailRow, 'template' | 'data'>): MailContent | undefined {
  if (!isTemplate(row.template)) return undefined;
  // Written by `Mailer.queue`, where template and data are of one type.
  return { template: row.template, data: JSON.parse(row.data) as MailContent['data'] } as MailContent;
}
