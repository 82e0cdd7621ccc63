// Decides how sign-in providers are linked with the account and unlinked.
import type { Provider } from '@parley/contract';
import { useState } from 'react';
import { accountTexts } from '../../texts/en-account.ts';
import { Button } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { Row, Rows, Section } from '../../ui/section.tsx';
import { useAction } from '../../ui/use-action.ts';
import { useApi } from '../../use-api.ts';
import { useConfig } from '../identity/use-config.ts';
import { useFactors, useReload } from './account-queries.ts';
import { useReauthentication } from './use-reauthentication.tsx';

const t = accountTexts.providers;

/** The server's providers, and those that are linked; nothing where there are neither. */
export function ProvidersSection() {
  const config = useConfig();
  const factors = useFactors();
  const [leaving, setLeaving] = useState<Provider | undefined>(undefined);
  const linked = factors.data?.providers ?? [];
  const offered = config.data?.providers ?? [];
  // One that the server no longer offers can still be unlinked.
  const gone = linked.filter(({ id }) => offered.every((provider) => provider.id !== id));
  const all: readonly Provider[] = [...offered, ...gone];
  if (factors.data === undefined || all.length === 0) return null;
  return (
    <Section title={t.title} lead={t.lead}>
      <Rows label={t.title}>
        {all.map((provider) => (
          <ProviderRow
            key={provider.id}
            provider={provider}
            email={linked.find(({ id }) => id === provider.id)?.email}
            onUnlink={() => setLeaving(provider)}
          />
        ))}
      </Rows>
      {leaving !== undefined && <UnlinkDialog provider={leaving} onClose={() => setLeaving(undefined)} />}
    </Section>
  );
}

function ProviderRow({
  provider,
  email,
  onUnlink,
}: {
  provider: Provider;
  email: string | undefined;
  onUnlink: () => void;
}) {
  const { account } = useApi();
  const { prove, prompt } = useReauthentication();
  const { run, isBusy, problem } = useAction(
    () => prove(() => account.linkProvider(provider.id)),
    ({ url }) => location.assign(url),
  );
  return (
    <Row
      title={provider.name}
      actions={
        email === undefined ? (
          <Button disabled={isBusy} aria-label={t.link(provider.name)} onClick={() => run()}>
            {t.link(provider.name)}
          </Button>
        ) : (
          <Button aria-label={t.unlink(provider.name)} onClick={onUnlink}>
            {t.unlinkDo}
          </Button>
        )
      }
    >
      {email === undefined ? t.unlinked : t.linked(email)}
      <ProblemNotice problem={problem} className="mt-2" />
      {prompt}
    </Row>
  );
}

function UnlinkDialog({ provider, onClose }: { provider: Provider; onClose: () => void }) {
  const { account } = useApi();
  const reload = useReload();
  const { prove, prompt } = useReauthentication();
  return (
    <ConfirmDialog
      title={t.unlinkAsk(provider.name)}
      lead={t.unlinkLead}
      action={t.unlinkDo}
      onConfirm={async () => {
        const outcome = await prove(() => account.unlinkProvider(provider.id));
        await reload('factors');
        return outcome;
      }}
      onClose={onClose}
    >
      {prompt}
    </ConfirmDialog>
  );
}
