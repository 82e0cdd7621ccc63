// Decides how administrators narrow the audit log down.
import { useState } from 'react';
import type { FormEvent } from 'react';
import { adminTexts } from '../../texts/en-admin.ts';
import { Button } from '../../ui/button.tsx';
import { SelectField, TextField } from '../../ui/field.tsx';
import { NO_FILTERS, checkFilters } from './audit-filters.ts';
import type { AuditFilterErrors, AuditFilters } from './audit-filters.ts';

const t = adminTexts.audit;
const OUTCOMES = [
  { value: '', text: t.anyOutcome },
  ...(['success', 'failure'] as const).map((value) => ({ value, text: t.outcomes[value] })),
] as const;

/** The filters; `onApply` gets only those that the server can understand. `applied` are the ones in force. */
export function AuditFilterForm({
  applied,
  onApply,
}: {
  applied: AuditFilters;
  onApply: (filters: AuditFilters) => void;
}) {
  const [filters, setFilters] = useState(applied);
  const [errors, setErrors] = useState<AuditFilterErrors>({});
  const put = (field: 'name' | 'user' | 'since' | 'until') => (event: { target: { value: string } }) =>
    setFilters({ ...filters, [field]: event.target.value });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const found = checkFilters(filters);
    setErrors(found);
    if (Object.keys(found).length === 0) onApply(filters);
  };
  const clear = (): void => {
    setFilters(NO_FILTERS);
    setErrors({});
    onApply(NO_FILTERS);
  };
  return (
    <form role="search" noValidate className="grid items-start gap-3 sm:grid-cols-2" onSubmit={submit}>
      <TextField
        label={t.name}
        hint={t.nameHint}
        value={filters.name}
        onChange={put('name')}
        error={errors.name}
        autoCapitalize="none"
        spellCheck={false}
        maxLength={61}
      />
      <TextField
        label={t.user}
        value={filters.user}
        onChange={put('user')}
        error={errors.user}
        autoCapitalize="none"
        spellCheck={false}
        maxLength={36}
      />
      <SelectField
        label={t.outcome}
        value={filters.outcome}
        options={OUTCOMES}
        onChange={(outcome) => setFilters({ ...filters, outcome })}
      />
      <div className="grid grid-cols-2 gap-3">
        <TextField label={t.since} type="date" value={filters.since} onChange={put('since')} />
        <TextField label={t.until} type="date" value={filters.until} onChange={put('until')} />
      </div>
      <div className="flex flex-wrap gap-3 sm:col-span-2">
        <Button type="submit" weight="primary">
          {t.apply}
        </Button>
        <Button onClick={clear}>{t.clear}</Button>
      </div>
    </form>
  );
}
