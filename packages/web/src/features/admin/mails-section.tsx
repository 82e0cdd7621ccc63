// Decides how mails that could not be sent are shown, so that somebody can hand over what they say.
import { unwrap } from '@parley/client';
import type { WaitingMail } from '@parley/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { MailCheck } from 'lucide-react';
import { adminTexts } from '../../texts/en-admin.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { dayAndTime } from '../../ui/dates.ts';
import { Skeleton } from '../../ui/delayed.tsx';
import { Empty } from '../../ui/empty.tsx';
import { RetryNotice } from '../../ui/retry-notice.tsx';
import { Badge, Section } from '../../ui/section.tsx';
import { useApi } from '../../use-api.ts';

const t = adminTexts.mails;
const PAGE = 20;

/** The link that a mail is about: the first one with a fragment; the fragment carries the secret. */
export const linkOf = (text: string): string | undefined => /https?:\/\/\S+#[\w.~-]+/.exec(text)?.[0];

/** Every mail that waits, newest first. */
export function MailsSection() {
  const { admin } = useApi();
  const pages = useInfiniteQuery({
    queryKey: ['admin', 'mails'],
    queryFn: async ({ pageParam, signal }) =>
      unwrap(await admin.waitingMails({ limit: PAGE, after: pageParam }, { signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.page.next ?? undefined,
  });
  const mails = pages.data?.pages.flatMap((page) => page.data);
  return (
    <Section title={t.title} lead={t.lead}>
      <RetryNotice query={pages} />
      {pages.isPending && <Skeleton lines={5} />}
      {mails?.length === 0 && <Empty icon={<MailCheck size={26} />} title={t.none} hint={t.noneHint} />}
      {mails !== undefined && mails.length > 0 && (
        <ul aria-label={t.list} className="grid gap-4">
          {mails.map((mail) => (
            <MailEntry key={mail.id} mail={mail} />
          ))}
        </ul>
      )}
      {pages.hasNextPage && (
        <Button className="mt-4" disabled={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
          {t.more}
        </Button>
      )}
    </Section>
  );
}

function MailEntry({ mail }: { mail: WaitingMail }) {
  const link = linkOf(mail.text);
  return (
    <li className="rounded-lg border border-line bg-paper px-4 py-3">
      <p className="flex flex-wrap items-center gap-2 font-semibold wrap-anywhere">
        {mail.subject} <Badge tone={mail.status === 'failed' ? 'danger' : 'warn'}>{t.statuses[mail.status]}</Badge>
      </p>
      <p className="text-sm text-soft wrap-anywhere">
        {t.to(mail.to)} · {dayAndTime(mail.createdAt)}
      </p>
      {mail.lastError !== null && <p className="text-sm text-danger wrap-anywhere">{t.error(mail.lastError)}</p>}
      <details className="mt-2">
        <summary className="w-fit cursor-pointer rounded text-sm font-semibold text-accent">{t.text}</summary>
        <p className="mt-2 rounded-lg bg-panel px-3 py-2 text-sm wrap-anywhere whitespace-pre-wrap">{mail.text}</p>
      </details>
      <div className="mt-3 flex flex-wrap gap-2">
        {link !== undefined && <CopyButton text={link} label={t.copyLink} />}
        <CopyButton text={mail.text} label={t.copy} />
      </div>
    </li>
  );
}
