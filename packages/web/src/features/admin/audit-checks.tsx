// Decides how the audit log is verified and exported from the page.
import { Download, ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import type { AuditVerified } from '@parley/contract';
import { adminTexts } from '../../texts/en-admin.ts';
import { Button } from '../../ui/button.tsx';
import { localDay } from '../../ui/dates.ts';
import { Notice } from '../../ui/notice.tsx';
import { ProblemNotice } from '../../ui/problem-notice.tsx';
import { saveFile } from '../../ui/save-file.ts';
import { useAction } from '../../ui/use-action.ts';
import { useApi } from '../../use-api.ts';
import { queryOf } from './audit-filters.ts';
import type { AuditFilters } from './audit-filters.ts';

const t = adminTexts.audit;

/** The buttons and what came of them; the export holds what `filters` let through. */
export function AuditChecks({ filters }: { filters: AuditFilters }) {
  const { admin } = useApi();
  const [result, setResult] = useState<AuditVerified | undefined>(undefined);
  const verify = useAction(() => admin.verifyAudit(), setResult);
  const download = useAction(
    () => admin.exportAudit(queryOf(filters)),
    (file) => saveFile(file, t.file(localDay(new Date().toISOString()))),
  );
  return (
    <div className="mb-5 grid gap-3">
      <div className="flex flex-wrap gap-3">
        <Button disabled={verify.isBusy} onClick={() => verify.run()}>
          <ShieldCheck aria-hidden size={16} />
          {verify.isBusy ? t.verifying : t.verify}
        </Button>
        <Button disabled={download.isBusy} onClick={() => download.run()}>
          <Download aria-hidden size={16} />
          {download.isBusy ? t.exporting : t.download}
        </Button>
      </div>
      <ProblemNotice problem={verify.problem ?? download.problem} />
      <Notice text={result?.ok === true ? t.verified(result.checked) : undefined} />
      {result?.ok === false && (
        <div role="alert" className="rounded-lg border border-danger bg-danger-tint px-3 py-2.5 text-sm">
          <p className="font-semibold">{t.broken(result.brokenAt ?? 0)}</p>
          <p>{t.brokenHint}</p>
        </div>
      )}
      {result !== undefined && result.lastHash !== null && (
        <p className="text-xs text-soft wrap-anywhere">
          {t.lastHash}: <span className="font-mono">{result.lastHash}</span>
        </p>
      )}
    </div>
  );
}
