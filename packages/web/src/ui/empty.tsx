// Decides how an empty place looks: what is so, what it means, and one thing to do.
import type { ReactNode } from 'react';

/** A message in the middle of an empty place; `children` are its actions. `isPage` makes it the page's own heading. */
export function Empty({
  icon,
  title,
  isPage = false,
  hint,
  children,
}: {
  icon?: ReactNode;
  title: string;
  isPage?: boolean;
  hint?: string;
  children?: ReactNode;
}) {
  const Heading = isPage ? 'h1' : 'h2';
  return (
    <div className="mx-auto flex max-w-md flex-col items-center px-6 py-12 text-center">
      {icon !== undefined && (
        <span aria-hidden className="mb-4 flex size-14 items-center justify-center rounded-2xl bg-tint text-accent">
          {icon}
        </span>
      )}
      <Heading className="text-lg font-bold text-balance">{title}</Heading>
      {hint !== undefined && <p className="mt-1.5 text-soft">{hint}</p>}
      {children !== undefined && <div className="mt-5 flex flex-wrap justify-center gap-3">{children}</div>}
    </div>
  );
}
