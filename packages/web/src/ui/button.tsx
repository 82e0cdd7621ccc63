// Decides how buttons look and that each is at least 24 px in both directions.
import type { ComponentProps, ReactNode } from 'react';

/** What a button weighs: the one main action, an ordinary one, a destructive one, or a quiet one. */
export type ButtonWeight = 'primary' | 'plain' | 'danger' | 'quiet';

const WEIGHTS: Record<ButtonWeight, string> = {
  primary: 'bg-accent text-on-accent hover:brightness-110 hc:border',
  plain: 'border border-edge bg-raised text-ink hover:bg-panel',
  danger: 'bg-danger text-on-danger hover:brightness-110 hc:border',
  quiet: 'text-ink hover:bg-tint',
};

const BASE =
  'inline-flex min-h-9 items-center justify-center gap-2 rounded-lg px-3.5 py-1.5 text-sm font-semibold transition-[filter,background-color] disabled:cursor-not-allowed disabled:opacity-60';

/** The class names of a button, for elements that look like one, such as links. */
export const buttonClass = (weight: ButtonWeight = 'plain'): string => `${BASE} ${WEIGHTS[weight]}`;

/** A button with words. It submits nothing unless `type="submit"` is given. */
export function Button({
  weight = 'plain',
  className = '',
  type = 'button',
  ...rest
}: ComponentProps<'button'> & { weight?: ButtonWeight }) {
  return <button type={type} className={`${buttonClass(weight)} ${className}`} {...rest} />;
}

/** A square button that shows an icon; `label` is its accessible name and its tooltip. */
export function IconButton({
  label,
  children,
  className = '',
  ...rest
}: Omit<ComponentProps<'button'>, 'children' | 'aria-label'> & { label: string; children: ReactNode }) {
  return (
    <button type="button" aria-label={label} title={label} className={`${iconButtonClass} ${className}`} {...rest}>
      {children}
    </button>
  );
}

/** The class names of an icon button, for triggers that bring their own element. */
export const iconButtonClass =
  'inline-flex size-9 shrink-0 items-center justify-center rounded-lg transition-colors hover:bg-tint disabled:opacity-50';
