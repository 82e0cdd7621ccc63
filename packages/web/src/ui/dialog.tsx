// Decides how dialogs look and close: titled, focus kept inside and given back, Esc and a button close them.
import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import { useState } from 'react';
import type { ReactNode, RefObject } from 'react';
import { texts } from '../texts/en.ts';
import { iconButtonClass } from './button.tsx';

/**
 * A modal dialog. It is mounted while `open`; `onClose` is called for Esc, the backdrop and the close button. A dialog inside
 * another one stands on top of it and dims it.
 */
export function Dialog({
  open,
  onClose,
  title,
  lead,
  initialFocus,
  children,
}: {
  open: boolean;
  onClose: () => void;
  title: string;
  lead?: string | undefined;
  initialFocus?: RefObject<HTMLElement | null>;
  children: ReactNode;
}) {
  // Noted while rendering: a field of the dialog that focuses itself does so before any effect could look.
  const [opener] = useState(openerOf);
  return (
    <Base.Root open={open} onOpenChange={(next) => (next ? undefined : onClose())}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-black/45 transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <Base.Popup
          {...(initialFocus === undefined ? {} : { initialFocus })}
          finalFocus={() => (opener?.isConnected === true ? opener : true)}
          className="floating fixed top-[max(1rem,8vh)] left-1/2 z-50 flex max-h-[84vh] w-[min(30rem,calc(100vw-2rem))] -translate-x-1/2 flex-col overflow-hidden data-nested-dialog-open:after:absolute data-nested-dialog-open:after:inset-0 data-nested-dialog-open:after:bg-black/45"
        >
          <div className="flex items-start gap-3 px-5 pt-4 pb-2">
            <div className="min-w-0 flex-1">
              <Base.Title className="text-lg leading-snug font-bold text-balance wrap-break-word">{title}</Base.Title>
              {lead !== undefined && <Base.Description className="mt-1 text-sm text-soft">{lead}</Base.Description>}
            </div>
            <Base.Close className={`${iconButtonClass} -mr-2`} aria-label={texts.shell.close}>
              <X aria-hidden size={18} />
            </Base.Close>
          </div>
          <div className="overflow-y-auto px-5 pt-2 pb-5">{children}</div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

/** What had the focus when the dialog was asked for; for an entry of a menu, the button that opened the menu. */
function openerOf(): HTMLElement | undefined {
  const active = document.activeElement;
  if (!(active instanceof HTMLElement) || active === document.body) return undefined;
  const menuId = active.closest('[role="menu"]')?.getAttribute('aria-labelledby');
  const button = menuId === null || menuId === undefined ? null : document.getElementById(menuId);
  return button ?? active;
}
