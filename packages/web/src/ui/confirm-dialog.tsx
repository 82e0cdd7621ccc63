// Decides how a step that cannot be taken back is asked for.
import type { Outcome } from '@parley/client';
import { useRef } from 'react';
import type { ReactNode } from 'react';
import { texts } from '../texts/en.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { ProblemNotice } from './problem-notice.tsx';
import { useAction } from './use-action.ts';

/** Asks, acts, and closes when it worked (or calls `onDone`); a refusal is shown and the question stays. `children` are dialogs on top of it. */
export function ConfirmDialog<Value>({
  title,
  lead,
  action,
  weight = 'danger',
  onConfirm,
  onDone,
  onClose,
  children,
}: {
  title: string;
  lead: string;
  action: string;
  weight?: 'danger' | 'primary';
  onConfirm: () => Promise<Outcome<Value>>;
  onDone?: (value: Value) => void;
  onClose: () => void;
  children?: ReactNode;
}) {
  const { run, isBusy, problem } = useAction(onConfirm, onDone ?? onClose);
  const cancel = useRef<HTMLButtonElement>(null);
  return (
    <Dialog open onClose={onClose} title={title} lead={lead} initialFocus={cancel}>
      <ProblemNotice problem={problem} className="mb-4" />
      <div className="flex justify-end gap-3">
        <Button ref={cancel} onClick={onClose}>
          {texts.shell.cancel}
        </Button>
        <Button weight={weight} disabled={isBusy} onClick={() => run()}>
          {action}
        </Button>
      </div>
      {children}
    </Dialog>
  );
}
