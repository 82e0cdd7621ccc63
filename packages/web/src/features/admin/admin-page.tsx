// Decides which part of the administration stands at which address, and who is shown it.
import { hasRight } from '@parley/contract';
import type { Right, User } from '@parley/contract';
import { Link } from 'wouter';
import { adminTexts } from '../../texts/en-admin.ts';
import { texts } from '../../texts/en.ts';
import { buttonClass } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { SettingsShell } from '../shell/settings-shell.tsx';
import { AuditSection } from './audit-section.tsx';
import { MailsSection } from './mails-section.tsx';
import { PeopleSection } from './people-section.tsx';

const t = adminTexts;
const PARTS: readonly { path: string; title: string; right: Right }[] = [
  { path: '/admin', title: t.parts.people, right: 'users:manage' },
  { path: '/admin/audit', title: t.parts.audit, right: 'audit:read' },
  { path: '/admin/mails', title: t.parts.mails, right: 'mail:read' },
];

/** `/admin` and what is below it; an unknown part is the first one. */
export function AdminPage({ user, part }: { user: User; part: string | undefined }) {
  const open = PARTS.find((known) => known.path === `/admin/${part ?? ''}`) ?? PARTS[0];
  const may = (right: Right): boolean => hasRight({ role: user.role, scopes: null }, right);
  const path = open?.path ?? '/admin';
  const isAllowed = open !== undefined && may(open.right);
  return (
    <SettingsShell
      user={user}
      heading={t.heading}
      navLabel={t.nav}
      parts={PARTS.filter(({ right }) => may(right))}
      path={path}
    >
      {!isAllowed && (
        <Empty title={t.forbidden} hint={t.forbiddenHint}>
          <Link href="/" className={buttonClass('primary')}>
            {texts.app.toRooms}
          </Link>
        </Empty>
      )}
      {isAllowed && path === '/admin' && <PeopleSection self={user} />}
      {isAllowed && path === '/admin/audit' && <AuditSection />}
      {isAllowed && path === '/admin/mails' && <MailsSection />}
    </SettingsShell>
  );
}
