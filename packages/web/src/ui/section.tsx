// Decides how a page of settings is cut: titled parts, each with its own actions.
import { useId } from 'react';
import type { ReactNode } from 'react';

/** A titled part of a page; `aside` stands beside the title, below it on a phone. */
export function Section({
  title,
  lead,
  aside,
  children,
}: {
  title: string;
  lead?: string | undefined;
  aside?: ReactNode;
  children?: ReactNode;
}) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="rounded-2xl border border-line bg-raised px-5 py-5">
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0 flex-1 basis-56">
          <h2 id={id} className="text-lg leading-snug font-bold">
            {title}
          </h2>
          {lead !== undefined && <p className="mt-0.5 text-sm text-soft">{lead}</p>}
        </div>
        {aside}
      </div>
      {children !== undefined && <div className="mt-4">{children}</div>}
    </section>
  );
}

/** A list of things inside a {@link Section}; `label` is what readers hear. */
export function Rows({ label, children }: { label: string; children: ReactNode }) {
  return (
    <ul aria-label={label} className="grid divide-y divide-line">
      {children}
    </ul>
  );
}

/** One thing of {@link Rows}: what it is, what is known of it, what can be done with it. */
export function Row({ title, children, actions }: { title: ReactNode; children?: ReactNode; actions?: ReactNode }) {
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 py-3 first:pt-0 last:pb-0">
      <div className="min-w-0 flex-1 basis-52">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-0.5 font-semibold wrap-anywhere">{title}</p>
        {children !== undefined && <div className="text-sm text-soft wrap-anywhere">{children}</div>}
      </div>
      {actions !== undefined && <div className="flex shrink-0 flex-wrap items-center gap-1">{actions}</div>}
    </li>
  );
}

const TONES = {
  plain: 'bg-tint text-ink',
  warn: 'bg-warn-tint text-warn',
  danger: 'bg-danger-tint text-danger',
} as const;

/** A short word that marks a row. */
export function Badge({ tone = 'plain', children }: { tone?: keyof typeof TONES; children: ReactNode }) {
  return (
    <span className={`rounded-md px-1.5 py-0.5 text-xs font-semibold whitespace-nowrap hc:border ${TONES[tone]}`}>
      {children}
    </span>
  );
}
