// Decides how the keys of programs are listed, rotated and revoked.
import type { ApiKey, ApiKeyCreated, User } from '@parley/contract';
import { RotateCw, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { accountTexts } from '../../texts/en-account.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { dayAndTime } from '../../ui/dates.ts';
import { Skeleton } from '../../ui/delayed.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { RetryNotice } from '../../ui/retry-notice.tsx';
import { Row, Rows, Section } from '../../ui/section.tsx';
import { ShownOnce } from '../../ui/shown-once.tsx';
import { useApi } from '../../use-api.ts';
import { useApiKeys, useReload } from './account-queries.ts';
import { CreateKeyDialog } from './create-key-dialog.tsx';
import { useReauthentication } from './use-reauthentication.tsx';

const t = accountTexts.keys;

type Open =
  | { name: 'create' }
  | { name: 'rotate'; key: ApiKey }
  | { name: 'revoke'; key: ApiKey }
  | { name: 'secret'; made: ApiKeyCreated };

/** The person's keys that still work. */
export function ApiKeysSection({ user }: { user: User }) {
  const keys = useApiKeys();
  const reload = useReload();
  const [open, setOpen] = useState<Open | undefined>(undefined);
  const list = keys.data?.data;
  const close = (): void => setOpen(undefined);
  const show = (made: ApiKeyCreated): void => {
    setOpen({ name: 'secret', made });
    void reload('api-keys');
  };
  return (
    <Section
      title={t.title}
      lead={t.lead}
      aside={
        <Button weight="primary" onClick={() => setOpen({ name: 'create' })}>
          {t.create}
        </Button>
      }
    >
      <RetryNotice query={keys} />
      {keys.isPending && <Skeleton lines={3} />}
      {list?.length === 0 && <p className="text-soft">{t.none}</p>}
      {list !== undefined && list.length > 0 && (
        <Rows label={t.title}>
          {list.map((key) => (
            <KeyRow key={key.id} apiKey={key} onOpen={setOpen} />
          ))}
        </Rows>
      )}
      {open?.name === 'create' && <CreateKeyDialog user={user} onMade={show} onClose={close} />}
      {(open?.name === 'rotate' || open?.name === 'revoke') && (
        <ChangeDialog open={open} onMade={show} onClose={close} />
      )}
      {open?.name === 'secret' && <SecretDialog made={open.made} onClose={close} />}
    </Section>
  );
}

function KeyRow({ apiKey, onOpen }: { apiKey: ApiKey; onOpen: (open: Open) => void }) {
  const used = apiKey.lastUsedAt === null ? t.neverUsed : t.used(dayAndTime(apiKey.lastUsedAt));
  return (
    <Row
      title={apiKey.name}
      actions={
        <>
          {apiKey.replacedBy === null && (
            <IconButton label={t.rotate(apiKey.name)} onClick={() => onOpen({ name: 'rotate', key: apiKey })}>
              <RotateCw aria-hidden size={16} />
            </IconButton>
          )}
          <IconButton label={t.revoke(apiKey.name)} onClick={() => onOpen({ name: 'revoke', key: apiKey })}>
            <Trash2 aria-hidden size={16} />
          </IconButton>
        </>
      }
    >
      <p>
        {t.ends(dayAndTime(apiKey.expiresAt))} · {used}
      </p>
      <p className="font-mono text-xs">{apiKey.scopes.join(', ')}</p>
      {apiKey.replacedBy !== null && <p className="text-warn">{t.replaced}</p>}
    </Row>
  );
}

function ChangeDialog({
  open,
  onMade,
  onClose,
}: {
  open: { name: 'rotate' | 'revoke'; key: ApiKey };
  onMade: (made: ApiKeyCreated) => void;
  onClose: () => void;
}) {
  const { account } = useApi();
  const reload = useReload();
  const { prove, prompt } = useReauthentication();
  const { id, name } = open.key;
  if (open.name === 'revoke')
    return (
      <ConfirmDialog
        title={t.revokeAsk(name)}
        lead={t.revokeLead}
        action={t.revokeDo}
        onConfirm={async () => {
          const outcome = await prove(() => account.revokeApiKey(id));
          await reload('api-keys');
          return outcome;
        }}
        onClose={onClose}
      >
        {prompt}
      </ConfirmDialog>
    );
  return (
    <ConfirmDialog
      title={t.rotateAsk(name)}
      lead={t.rotateLead}
      action={t.rotateDo}
      weight="primary"
      onConfirm={() => prove(() => account.rotateApiKey(id))}
      onDone={onMade}
      onClose={onClose}
    >
      {prompt}
    </ConfirmDialog>
  );
}

function SecretDialog({ made, onClose }: { made: ApiKeyCreated; onClose: () => void }) {
  return (
    <Dialog open onClose={onClose} title={t.secretTitle} lead={t.secretLead}>
      <ShownOnce
        label={t.secret}
        value={made.secret}
        hint={t.ends(dayAndTime(made.key.expiresAt))}
        copyLabel={t.copy}
      />
      <div className="mt-3 flex justify-end">
        <Button weight="primary" onClick={onClose}>
          {t.done}
        </Button>
      </div>
    </Dialog>
  );
}
