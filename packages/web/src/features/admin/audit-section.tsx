// Decides how the audit log is read, checked and taken away.
import { unwrap } from '@parley/client';
import type { AuditEvent } from '@parley/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { adminTexts } from '../../texts/en-admin.ts';
import { Button } from '../../ui/button.tsx';
import { fullTime, dayAndTime } from '../../ui/dates.ts';
import { Skeleton } from '../../ui/delayed.tsx';
import { Empty } from '../../ui/empty.tsx';
import { RetryNotice } from '../../ui/retry-notice.tsx';
import { Badge, Rows, Section } from '../../ui/section.tsx';
import { useApi } from '../../use-api.ts';
import { AuditChecks } from './audit-checks.tsx';
import { AuditEventDialog } from './audit-event-dialog.tsx';
import { AuditFilterForm } from './audit-filter-form.tsx';
import { NO_FILTERS, queryOf } from './audit-filters.ts';
import type { AuditFilters } from './audit-filters.ts';

const t = adminTexts.audit;
const PAGE = 50;

/** The audit log, newest first. */
export function AuditSection() {
  const { admin } = useApi();
  const [filters, setFilters] = useState(NO_FILTERS);
  const [open, setOpen] = useState<AuditEvent | undefined>(undefined);
  const pages = useInfiniteQuery({
    queryKey: ['admin', 'audit', filters],
    queryFn: async ({ pageParam, signal }) =>
      unwrap(await admin.audit({ ...queryOf(filters), limit: PAGE, after: pageParam }, { signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.page.next ?? undefined,
    placeholderData: (before) => before,
  });
  const events = pages.data?.pages.flatMap((page) => page.data);
  const apply = (next: AuditFilters): void => {
    setOpen(undefined);
    setFilters(next);
  };
  return (
    <Section title={t.title} lead={t.lead}>
      <AuditChecks filters={filters} />
      {/* Another person chosen in an event shows in the fields too. */}
      <details key={JSON.stringify(filters)} open={filters !== NO_FILTERS}>
        <summary className="mb-3 w-fit cursor-pointer rounded font-semibold text-accent">{t.filters}</summary>
        <AuditFilterForm applied={filters} onApply={apply} />
      </details>
      <RetryNotice query={pages} className="mt-4" />
      {pages.isPending && <Skeleton lines={8} className="mt-5" />}
      {events?.length === 0 && <Empty title={t.none} hint={t.noneHint} />}
      {events !== undefined && events.length > 0 && (
        <div className="mt-5">
          <Rows label={t.list}>
            {events.map((event) => (
              <EventRow key={event.id} event={event} onOpen={() => setOpen(event)} />
            ))}
          </Rows>
        </div>
      )}
      {pages.hasNextPage && (
        <Button className="mt-4" disabled={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
          {t.more}
        </Button>
      )}
      {open !== undefined && (
        <AuditEventDialog
          event={open}
          onFilter={(user) => apply({ ...NO_FILTERS, user })}
          onClose={() => setOpen(undefined)}
        />
      )}
    </Section>
  );
}

function EventRow({ event, onOpen }: { event: AuditEvent; onOpen: () => void }) {
  const when = dayAndTime(event.at);
  return (
    <li className="py-1 first:pt-0 last:pb-0">
      <button
        type="button"
        aria-label={t.open(event.name, when)}
        className="flex w-full flex-wrap items-center gap-x-3 gap-y-0.5 rounded-lg px-2 py-1.5 text-left hover:bg-tint"
        onClick={onOpen}
      >
        <span className="min-w-0 flex-1 basis-48 font-mono text-sm font-medium wrap-anywhere">{event.name}</span>
        {event.outcome === 'failure' && <Badge tone="danger">{t.outcomes.failure}</Badge>}
        <span className="text-sm text-soft">{event.source}</span>
        <time dateTime={event.at} title={fullTime(event.at)} className="text-sm text-soft">
          {when}
        </time>
      </button>
    </li>
  );
}
