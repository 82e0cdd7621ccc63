// Decides the narrow bar at the edge: the mark, the places, the account, the appearance, the way out.
import { hasRight } from '@parley/contract';
import type { User } from '@parley/contract';
import { useParley } from '@parley/react';
import { LogOut, MessagesSquare, ShieldCheck, UserCog } from 'lucide-react';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { texts } from '../../texts/en.ts';
import { Avatar } from '../../ui/avatar.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { Logo } from '../../ui/logo.tsx';
import { Menu, MenuItem, MenuSeparator } from '../../ui/menu.tsx';
import { ThemeChoices } from './theme-menu.tsx';

const t = texts.shell;

/** The rail: a column beside the list, a row below it on a phone. */
export function Rail({ user }: { user: User }) {
  const [path] = useLocation();
  const isAdmin = path === '/admin' || path.startsWith('/admin/');
  const isAccount = path === '/account' || path.startsWith('/account/');
  return (
    <div className="on-rail flex items-center justify-between bg-rail px-3 py-2 text-rail-ink md:h-full md:w-16 md:flex-col md:px-0 md:py-3.5">
      <div className="flex items-center gap-3 md:flex-col md:gap-5">
        <Logo className="size-9 rounded-[10px] ring-1 ring-white/20" />
        <RailLink href="/" label={t.rooms} isOpen={!isAdmin && !isAccount}>
          <MessagesSquare aria-hidden size={19} />
        </RailLink>
        {mayAdminister(user) && (
          <RailLink href="/admin" label={t.admin} isOpen={isAdmin}>
            <ShieldCheck aria-hidden size={19} />
          </RailLink>
        )}
      </div>
      <AccountMenu user={user} />
    </div>
  );
}

/** Whether any of the administrators' pages is the person's; the server decides what each shows. */
const mayAdminister = ({ role }: Pick<User, 'role'>): boolean =>
  (['users:manage', 'audit:read', 'mail:read'] as const).some((right) => hasRight({ role, scopes: null }, right));

function RailLink({
  href,
  label,
  isOpen,
  children,
}: {
  href: string;
  label: string;
  isOpen: boolean;
  children: ReactNode;
}) {
  return (
    <Link
      href={href}
      aria-label={label}
      title={label}
      aria-current={isOpen ? 'page' : undefined}
      className="inline-flex size-10 items-center justify-center rounded-xl hover:bg-rail-on aria-[current=page]:bg-rail-on aria-[current=page]:text-white hc:aria-[current=page]:outline"
    >
      {children}
    </Link>
  );
}

function AccountMenu({ user }: { user: User }) {
  const { session } = useParley();
  const [, navigate] = useLocation();
  const [isLeaving, setIsLeaving] = useState(false);
  return (
    <>
      <Menu
        side="top"
        align="start"
        trigger={
          <button type="button" aria-label={t.account(user.name)} title={user.name} className="rounded-xl">
            <Avatar id={user.id} name={user.name} className="size-10 text-sm" />
          </button>
        }
      >
        <p className="max-w-64 px-2.5 pt-1.5 pb-2 text-sm">
          <span className="block truncate font-bold">{user.name}</span>
          <span className="block truncate text-soft">{user.email}</span>
          <span className="block text-soft">{texts.identity.roles[user.role]}</span>
        </p>
        <MenuSeparator />
        <MenuItem onSelect={() => navigate('/account')}>
          <UserCog aria-hidden size={15} />
          {t.settings}
        </MenuItem>
        <MenuSeparator />
        <ThemeChoices />
        <MenuSeparator />
        <MenuItem onSelect={() => setIsLeaving(true)}>
          <LogOut aria-hidden size={15} />
          {texts.identity.signOut}
        </MenuItem>
      </Menu>
      {isLeaving && (
        <ConfirmDialog
          title={texts.identity.signOutAsk}
          lead={texts.identity.signOutHint}
          action={texts.identity.signOut}
          onConfirm={() => session.signOut()}
          onClose={() => setIsLeaving(false)}
        />
      )}
    </>
  );
}
