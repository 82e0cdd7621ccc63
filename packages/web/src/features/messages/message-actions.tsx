// Decides which actions a message offers to whom, in one menu that mouse and keyboard both reach.
import { Copy, Ellipsis, Pencil, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { texts } from '../../texts/en.ts';
import { iconButtonClass } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { copyText } from '../../ui/copy-button.tsx';
import { Menu, MenuItem } from '../../ui/menu.tsx';
import type { RowContext } from './row-context.ts';
import type { ShownMessage } from './shown-message.ts';

const t = texts.messages;

/** The menu of one message; nothing for tombstones and for what is not stored yet. */
export function MessageActions({
  message,
  context,
  isActive,
}: {
  message: ShownMessage;
  context: RowContext;
  isActive: boolean;
}) {
  const [isOpen, setIsOpen] = useState(false);
  const [isAsking, setIsAsking] = useState(false);
  const { id } = message;
  if (id === undefined || message.isDeleted) return null;
  const isOwn = message.author.id === context.selfId;
  return (
    <div
      className={`absolute -top-2 right-3 ${isOpen ? '' : 'opacity-0 group-focus-within:opacity-100 group-hover:opacity-100'}`}
    >
      <Menu
        open={isOpen}
        onOpenChange={setIsOpen}
        trigger={
          <button
            type="button"
            tabIndex={isActive ? 0 : -1}
            className={`${iconButtonClass} size-8 border border-line bg-raised`}
            aria-label={t.actions(message.author.name)}
          >
            <Ellipsis aria-hidden size={17} />
          </button>
        }
      >
        {isOwn && (
          <MenuItem onSelect={() => context.onEdit(message.key)}>
            <Pencil aria-hidden size={15} />
            {t.edit}
          </MenuItem>
        )}
        <MenuItem onSelect={() => void copyText(message.text)}>
          <Copy aria-hidden size={15} />
          {t.copy}
        </MenuItem>
        {(isOwn || context.mayModerate) && (
          <MenuItem danger onSelect={() => setIsAsking(true)}>
            <Trash2 aria-hidden size={15} />
            {t.remove}
          </MenuItem>
        )}
      </Menu>
      {isAsking && (
        <ConfirmDialog
          title={t.removeAsk}
          lead={t.removeHint}
          action={t.removeDo}
          onConfirm={() => context.actions.remove(id)}
          onClose={() => setIsAsking(false)}
        />
      )}
    </div>
  );
}
