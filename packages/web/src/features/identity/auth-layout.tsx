// Decides the frame of the pages in front of the door: set-up, invitation, sign-in, registration.
import { useEffect } from 'react';
import type { ReactNode } from 'react';
import { texts } from '../../texts/en.ts';
import { Logo } from '../../ui/logo.tsx';
import { ThemeMenu } from '../shell/theme-menu.tsx';

/** A narrow page with a title; the document is named after it. */
export function AuthLayout({
  title,
  lead,
  children,
}: {
  title: string;
  lead?: string | undefined;
  children?: ReactNode;
}) {
  useEffect(() => {
    document.title = texts.app.title(0, title);
  }, [title]);
  return (
    <div className="flex min-h-full flex-col bg-panel">
      <header className="flex items-center justify-between px-5 py-4">
        <span className="flex items-center gap-2.5 text-lg font-extrabold tracking-tight">
          <Logo className="size-8" />
          {texts.app.name}
        </span>
        <ThemeMenu />
      </header>
      <main className="mx-auto w-full max-w-md flex-1 px-5 pt-[6vh] pb-16">
        <div className="rounded-2xl border border-line bg-paper px-6 py-7 sm:px-8">
          <h1 className="text-2xl font-extrabold tracking-tight text-balance">{title}</h1>
          {lead !== undefined && <p className="mt-2 text-soft">{lead}</p>}
          <div className="mt-6">{children}</div>
        </div>
      </main>
    </div>
  );
}
