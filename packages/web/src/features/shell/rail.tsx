// Decides the narrow bar at the edge: the mark, the account, the appearance, the way out.
import type { User } from '@parley/contract';
import { useParley } from '@parley/react';
import { LogOut, MessagesSquare } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'wouter';
import { texts } from '../../texts/en.ts';
import { Avatar } from '../../ui/avatar.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { Logo } from '../../ui/logo.tsx';
import { Menu, MenuItem, MenuSeparator } from '../../ui/menu.tsx';
import { ThemeChoices } from './theme-menu.tsx';

const t = texts.shell;

/** The rail: a column beside the list, a row below it on a phone. */
export function Rail({ user }: { user: User }) {
  return (
    <div className="on-rail flex items-center justify-between bg-rail px-3 py-2 text-rail-ink md:h-full md:w-16 md:flex-col md:px-0 md:py-3.5">
      <div className="flex items-center gap-3 md:flex-col md:gap-5">
        <Logo className="size-9 rounded-[10px] ring-1 ring-white/20" />
        <Link
          href="/"
          aria-label={t.rooms}
          title={t.rooms}
          className="inline-flex size-10 items-center justify-center rounded-xl bg-rail-on text-white"
        >
          <MessagesSquare aria-hidden size={19} />
        </Link>
      </div>
      <AccountMenu user={user} />
    </div>
  );
}

function AccountMenu({ user }: { user: User }) {
  const { session } = useParley();
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
