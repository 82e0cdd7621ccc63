// Decides how a secret that is shown only once is handed over: readable, selectable, with a way to copy it.
import { CopyButton } from './copy-button.tsx';
import { TextField } from './field.tsx';

/** A secret in a field that selects itself. It is held by its caller and gone when the caller is. */
export function ShownOnce({
  label,
  value,
  hint,
  copyLabel,
}: {
  label: string;
  value: string;
  hint?: string | undefined;
  copyLabel: string;
}) {
  return (
    <div className="grid gap-3">
      <TextField
        label={label}
        hint={hint}
        readOnly
        autoFocus
        spellCheck={false}
        autoComplete="off"
        value={value}
        onFocus={(event) => event.target.select()}
      />
      <div className="flex justify-end">
        <CopyButton text={value} label={copyLabel} />
      </div>
    </div>
  );
}
