// Decides how passkeys are listed, added, named and removed.
import type { Passkey } from '@parley/contract';
import { Pencil, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { FormEvent } from 'react';
import { accountTexts } from '../../texts/en-account.ts';
import { texts } from '../../texts/en.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { dayAndTime } from '../../ui/dates.ts';
import { Skeleton } from '../../ui/delayed.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { RetryNotice } from '../../ui/retry-notice.tsx';
import { Badge, Row, Rows, Section } from '../../ui/section.tsx';
import { useAction } from '../../ui/use-action.ts';
import { useApi } from '../../use-api.ts';
import { hasPasskeys, makePasskey } from '../identity/passkey.ts';
import { useFactors, useReload } from './account-queries.ts';
import { useReauthentication } from './use-reauthentication.tsx';

const t = accountTexts.passkeys;
const CANCELLED = { title: t.cancelled, hint: t.cancelledHint };

type Open = { name: 'add' } | { name: 'rename'; passkey: Passkey } | { name: 'remove'; passkey: Passkey };

/** The person's passkeys. */
export function PasskeysSection() {
  const factors = useFactors();
  const [open, setOpen] = useState<Open | undefined>(undefined);
  const passkeys = factors.data?.passkeys;
  const isUsable = hasPasskeys();
  return (
    <Section
      title={t.title}
      lead={t.lead}
      aside={
        <Button disabled={!isUsable || passkeys === undefined} onClick={() => setOpen({ name: 'add' })}>
          {t.add}
        </Button>
      }
    >
      <RetryNotice query={factors} />
      {!isUsable && <p className="mb-3 text-sm text-warn">{t.unsupported}</p>}
      {factors.isPending && <Skeleton lines={2} />}
      {passkeys?.length === 0 && <p className="text-soft">{t.none}</p>}
      {passkeys !== undefined && passkeys.length > 0 && (
        <Rows label={t.title}>
          {passkeys.map((passkey) => (
            <PasskeyRow key={passkey.id} passkey={passkey} onOpen={setOpen} />
          ))}
        </Rows>
      )}
      {open !== undefined && <PasskeyDialog open={open} onClose={() => setOpen(undefined)} />}
    </Section>
  );
}

function PasskeyRow({ passkey, onOpen }: { passkey: Passkey; onOpen: (open: Open) => void }) {
  const used = passkey.lastUsedAt === null ? t.neverUsed : t.used(dayAndTime(passkey.lastUsedAt));
  return (
    <Row
      title={
        <>
          {passkey.name} {passkey.isBackedUp && <Badge>{t.backedUp}</Badge>}
        </>
      }
      actions={
        <>
          <IconButton label={t.rename(passkey.name)} onClick={() => onOpen({ name: 'rename', passkey })}>
            <Pencil aria-hidden size={16} />
          </IconButton>
          <IconButton label={t.remove(passkey.name)} onClick={() => onOpen({ name: 'remove', passkey })}>
            <Trash2 aria-hidden size={16} />
          </IconButton>
        </>
      }
    >
      {t.madeAt(dayAndTime(passkey.createdAt))} · {used}
    </Row>
  );
}

function PasskeyDialog({ open, onClose }: { open: Open; onClose: () => void }) {
  const { account } = useApi();
  const reload = useReload();
  const { prove, prompt } = useReauthentication();
  if (open.name !== 'remove') return <NameDialog open={open} onClose={onClose} />;
  return (
    <ConfirmDialog
      title={t.removeAsk(open.passkey.name)}
      lead={t.removeLead}
      action={t.removeDo}
      onConfirm={async () => {
        const outcome = await prove(() => account.removePasskey(open.passkey.id));
        await reload('factors');
        return outcome;
      }}
      onClose={onClose}
    >
      {prompt}
    </ConfirmDialog>
  );
}

function NameDialog({ open, onClose }: { open: Exclude<Open, { name: 'remove' }>; onClose: () => void }) {
  const { account } = useApi();
  const reload = useReload();
  const { prove, prompt } = useReauthentication();
  const isNew = open.name === 'add';
  const [name, setName] = useState(isNew ? t.suggested : open.passkey.name);

  const add = async () => {
    const options = await prove(() => account.passkeyOptions());
    if (!options.ok) return options;
    const made = await makePasskey(options.value, CANCELLED);
    if (!made.ok) return made;
    const { challengeId } = options.value;
    return prove(() => account.addPasskey({ challengeId, name, response: made.value }));
  };
  const { run, isBusy, problem } = useAction(
    () => (isNew ? add() : prove(() => account.renamePasskey(open.passkey.id, { name }))),
    () => {
      void reload('factors');
      onClose();
    },
  );
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (name.trim() !== '') run();
  };
  return (
    <Dialog open onClose={onClose} title={isNew ? t.addTitle : t.renameTitle} lead={isNew ? t.addLead : undefined}>
      <form noValidate className="grid gap-4" onSubmit={submit}>
        <ProblemNotice problem={problem} />
        <TextField
          label={t.name}
          maxLength={80}
          required
          autoFocus
          value={name}
          onFocus={(event) => event.target.select()}
          onChange={(event) => setName(event.target.value)}
        />
        <div className="flex flex-wrap justify-end gap-3">
          <Button onClick={onClose}>{texts.shell.cancel}</Button>
          <Button type="submit" weight="primary" disabled={isBusy}>
            {isNew ? t.addDo : t.renameDo}
          </Button>
        </div>
      </form>
      {prompt}
    </Dialog>
  );
}
