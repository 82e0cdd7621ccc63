// Decides how two-factor authentication is turned on and off, and how recovery codes are renewed.
import type { Factors, RecoveryCodes, TotpSetup } from '@parley/contract';
import { useState } from 'react';
import type { FormEvent } from 'react';
import { accountTexts } from '../../texts/en-account.ts';
import { texts } from '../../texts/en.ts';
import { Button } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { dayAndTime } from '../../ui/dates.ts';
import { Skeleton } from '../../ui/delayed.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { RetryNotice } from '../../ui/retry-notice.tsx';
import { Section } from '../../ui/section.tsx';
import { ShownOnce } from '../../ui/shown-once.tsx';
import { useAction } from '../../ui/use-action.ts';
import { useApi } from '../../use-api.ts';
import { useFactors, useReload } from './account-queries.ts';
import { QrCode } from './qr-code.tsx';
import { RecoveryCodesDialog } from './recovery-codes.tsx';
import { useReauthentication } from './use-reauthentication.tsx';

const t = accountTexts.totp;
/** With fewer codes than this people are told to make new ones. */
const FEW_CODES = 4;

type Step =
  | { name: 'idle' }
  | { name: 'set-up'; setup: TotpSetup }
  | { name: 'codes'; codes: readonly string[] }
  | { name: 'remove' }
  | { name: 'renew' };

/** Two-factor authentication by an app. */
export function TotpSection() {
  const factors = useFactors();
  const reload = useReload();
  const { account } = useApi();
  const { prove, prompt } = useReauthentication();
  const [step, setStep] = useState<Step>({ name: 'idle' });
  const start = useAction(
    () => prove(() => account.setUpTotp()),
    (setup) => setStep({ name: 'set-up', setup }),
  );
  const finish = ({ recoveryCodes }: RecoveryCodes): void => {
    setStep({ name: 'codes', codes: recoveryCodes });
    void reload('factors');
  };
  return (
    <Section title={t.title} lead={t.lead}>
      <RetryNotice query={factors} />
      <ProblemNotice problem={start.problem} className="mb-3" />
      {factors.isPending && <Skeleton lines={2} />}
      {factors.data !== undefined && (
        <State factors={factors.data} isBusy={start.isBusy} onStart={() => start.run()} onStep={setStep} />
      )}
      <Steps step={step} onCodes={finish} onClose={() => setStep({ name: 'idle' })} />
      {prompt}
    </Section>
  );
}

function State({
  factors: { totp, recoveryCodesLeft },
  isBusy,
  onStart,
  onStep,
}: {
  factors: Factors;
  isBusy: boolean;
  onStart: () => void;
  onStep: (step: Step) => void;
}) {
  if (totp === null)
    return (
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p>{t.off}</p>
        <Button weight="primary" disabled={isBusy} onClick={onStart}>
          {t.start}
        </Button>
      </div>
    );
  return (
    <>
      <p>
        {t.on(dayAndTime(totp.createdAt))} {t.left(recoveryCodesLeft)}.
      </p>
      {recoveryCodesLeft < FEW_CODES && <p className="mt-1 font-medium text-warn">{t.fewLeft}</p>}
      <div className="mt-4 flex flex-wrap gap-3">
        <Button onClick={() => onStep({ name: 'renew' })}>{t.renew}</Button>
        <Button onClick={() => onStep({ name: 'remove' })}>{t.remove}</Button>
      </div>
    </>
  );
}

function Steps({
  step,
  onCodes,
  onClose,
}: {
  step: Step;
  onCodes: (made: RecoveryCodes) => void;
  onClose: () => void;
}) {
  const { account } = useApi();
  const reload = useReload();
  const { prove, prompt } = useReauthentication();
  switch (step.name) {
    case 'idle':
      return null;
    case 'set-up':
      return <SetUpDialog setup={step.setup} onCodes={onCodes} onClose={onClose} />;
    case 'codes':
      return <RecoveryCodesDialog codes={step.codes} onClose={onClose} />;
    case 'remove':
      return (
        <ConfirmDialog
          title={t.removeAsk}
          lead={t.removeLead}
          action={t.remove}
          onConfirm={async () => {
            const outcome = await prove(() => account.removeTotp());
            if (outcome.ok) await reload('factors');
            return outcome;
          }}
          onClose={onClose}
        >
          {prompt}
        </ConfirmDialog>
      );
    case 'renew':
      return <RenewDialog onCodes={onCodes} onClose={onClose} />;
    default:
      return step satisfies never;
  }
}

function RenewDialog({ onCodes, onClose }: { onCodes: (made: RecoveryCodes) => void; onClose: () => void }) {
  const { account } = useApi();
  const { prove, prompt } = useReauthentication();
  const { run, isBusy, problem } = useAction(() => prove(() => account.renewRecoveryCodes()), onCodes);
  return (
    <Dialog open onClose={onClose} title={t.renewAsk} lead={t.renewLead}>
      <ProblemNotice problem={problem} className="mb-4" />
      <div className="flex flex-wrap justify-end gap-3">
        <Button onClick={onClose}>{texts.shell.cancel}</Button>
        <Button weight="danger" disabled={isBusy} onClick={() => run()}>
          {t.renewDo}
        </Button>
      </div>
      {prompt}
    </Dialog>
  );
}

function SetUpDialog({
  setup,
  onCodes,
  onClose,
}: {
  setup: TotpSetup;
  onCodes: (made: RecoveryCodes) => void;
  onClose: () => void;
}) {
  const { account } = useApi();
  const { prove, prompt } = useReauthentication();
  const [code, setCode] = useState('');
  const { run, isBusy, problem } = useAction(
    () => prove(() => account.confirmTotp({ code: code.replaceAll(' ', '') })),
    onCodes,
  );
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (code.trim() !== '') run();
  };
  return (
    <Dialog open onClose={onClose} title={t.setUpTitle} lead={t.setUpLead}>
      <form noValidate className="grid gap-4" onSubmit={submit}>
        <QrCode text={setup.uri} label={t.qr} />
        <ShownOnce label={t.secret} value={setup.secret} copyLabel={t.copySecret} />
        <ProblemNotice problem={problem} />
        <TextField
          label={t.code}
          hint={t.codeHint}
          inputMode="numeric"
          autoComplete="one-time-code"
          maxLength={10}
          value={code}
          onChange={(event) => setCode(event.target.value)}
        />
        <div className="flex flex-wrap justify-end gap-3">
          <Button onClick={onClose}>{texts.shell.cancel}</Button>
          <Button type="submit" weight="primary" disabled={isBusy}>
            {t.confirm}
          </Button>
        </div>
      </form>
      {prompt}
    </Dialog>
  );
}
