// Decides how administrators find people and what they see of them.
import { unwrap } from '@parley/client';
import type { AdminUser, Role, User } from '@parley/contract';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { EllipsisVertical } from 'lucide-react';
import { useDeferredValue, useState } from 'react';
import { adminTexts } from '../../texts/en-admin.ts';
import { texts } from '../../texts/en.ts';
import { Avatar } from '../../ui/avatar.tsx';
import { Button, iconButtonClass } from '../../ui/button.tsx';
import { dayAndTime } from '../../ui/dates.ts';
import { Skeleton } from '../../ui/delayed.tsx';
import { Empty } from '../../ui/empty.tsx';
import { SelectField, TextField } from '../../ui/field.tsx';
import { Menu, MenuItem, MenuSeparator } from '../../ui/menu.tsx';
import { RetryNotice } from '../../ui/retry-notice.tsx';
import { Badge, Row, Rows, Section } from '../../ui/section.tsx';
import { useApi } from '../../use-api.ts';
import { PersonDialog } from './person-dialog.tsx';
import type { PersonAct } from './person-dialog.tsx';

const t = adminTexts.people;
const PAGE = 50;
const ROLE_CHOICES = [
  { value: '', text: t.anyRole },
  ...(['admin', 'manager', 'member'] as const).map((value) => ({ value, text: texts.identity.roles[value] })),
] as const;
const STATUS_CHOICES = [
  { value: '', text: t.anyStatus },
  ...(['active', 'disabled', 'locked'] as const).map((value) => ({ value, text: t.statuses[value] })),
] as const;
type Filters = { search: string; role: '' | Role; status: '' | 'active' | 'disabled' | 'locked' };

function usePeople({ search, role, status }: Filters) {
  const { admin } = useApi();
  return useInfiniteQuery({
    queryKey: ['admin', 'people', search, role, status],
    queryFn: async ({ pageParam, signal }) =>
      unwrap(
        await admin.users(
          {
            limit: PAGE,
            after: pageParam,
            search: search === '' ? undefined : search,
            role: role === '' ? undefined : role,
            status: status === '' ? undefined : status,
          },
          { signal },
        ),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.page.next ?? undefined,
    placeholderData: (before) => before,
  });
}

/** Everybody on this server, with search and filters. */
export function PeopleSection({ self }: { self: User }) {
  const [filters, setFilters] = useState<Filters>({ search: '', role: '', status: '' });
  const search = useDeferredValue(filters.search.trim());
  const pages = usePeople({ ...filters, search });
  const queries = useQueryClient();
  const [open, setOpen] = useState<{ act: PersonAct; person: AdminUser } | undefined>(undefined);
  const people = pages.data?.pages.flatMap((page) => page.data);
  return (
    <Section title={t.title}>
      <PeopleFilters filters={filters} onChange={setFilters} />
      <RetryNotice query={pages} className="mt-4" />
      {pages.isPending && <Skeleton lines={6} className="mt-5" />}
      {people?.length === 0 && <Empty title={t.none} hint={t.noneHint} />}
      {people !== undefined && people.length > 0 && (
        <div className="mt-5">
          <Rows label={t.list}>
            {people.map((person) => (
              <PersonRow
                key={person.id}
                person={person}
                isSelf={person.id === self.id}
                onAct={(act) => setOpen({ act, person })}
              />
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
        <PersonDialog
          {...open}
          onChanged={() => queries.invalidateQueries({ queryKey: ['admin', 'people'] })}
          onClose={() => setOpen(undefined)}
        />
      )}
    </Section>
  );
}

function PeopleFilters({ filters, onChange }: { filters: Filters; onChange: (filters: Filters) => void }) {
  return (
    <div role="search" className="grid items-start gap-3 sm:grid-cols-[1fr_11rem_11rem]">
      <TextField
        label={t.search}
        hint={t.searchHint}
        type="search"
        maxLength={100}
        value={filters.search}
        onChange={(event) => onChange({ ...filters, search: event.target.value })}
      />
      <SelectField
        label={t.role}
        value={filters.role}
        options={ROLE_CHOICES}
        onChange={(role) => onChange({ ...filters, role })}
      />
      <SelectField
        label={t.status}
        value={filters.status}
        options={STATUS_CHOICES}
        onChange={(status) => onChange({ ...filters, status })}
      />
    </div>
  );
}

function PersonRow({ person, isSelf, onAct }: { person: AdminUser; isSelf: boolean; onAct: (act: PersonAct) => void }) {
  const seen = person.lastSeenAt === null ? t.neverSeen : t.seen(dayAndTime(person.lastSeenAt));
  return (
    <Row
      title={
        <>
          <Avatar id={person.id} name={person.name} className="size-7 text-xs" />
          {person.name}
          {isSelf && ` (${t.you})`}
          <Badge>{texts.identity.roles[person.role]}</Badge>
          {person.disabledAt !== null && <Badge tone="danger">{t.disabled}</Badge>}
          {person.isLocked && <Badge tone="warn">{t.locked}</Badge>}
        </>
      }
      actions={<PersonMenu person={person} isSelf={isSelf} onAct={onAct} />}
    >
      <p>{person.email}</p>
      <p>
        {seen} · {t.sessions(person.sessions)}
        {person.hasSecondFactor && ` · ${t.secondFactor}`}
        {person.emailVerifiedAt === null && ` · ${t.unverified}`}
      </p>
    </Row>
  );
}

function PersonMenu({
  person,
  isSelf,
  onAct,
}: {
  person: AdminUser;
  isSelf: boolean;
  onAct: (act: PersonAct) => void;
}) {
  return (
    <Menu
      trigger={
        <button type="button" className={iconButtonClass} aria-label={t.actions(person.name)}>
          <EllipsisVertical aria-hidden size={18} />
        </button>
      }
    >
      <MenuItem onSelect={() => onAct('role')}>{t.changeRole}</MenuItem>
      {person.isLocked && <MenuItem onSelect={() => onAct('unlock')}>{t.unlock}</MenuItem>}
      <MenuItem onSelect={() => onAct('reset-link')}>{t.resetLink}</MenuItem>
      {person.hasSecondFactor && <MenuItem onSelect={() => onAct('reset-factors')}>{t.resetFactors}</MenuItem>}
      <MenuItem onSelect={() => onAct('sign-out')}>{t.signOut}</MenuItem>
      {!isSelf && (
        <>
          <MenuSeparator />
          {person.disabledAt === null ? (
            <MenuItem danger onSelect={() => onAct('disable')}>
              {t.disable}
            </MenuItem>
          ) : (
            <MenuItem onSelect={() => onAct('enable')}>{t.enable}</MenuItem>
          )}
        </>
      )}
    </Menu>
  );
}
