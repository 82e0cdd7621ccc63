// Decides the frame of the pages beside the rooms: rail, the parts of the page, and the part that is open.
import type { User } from '@parley/contract';
import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { texts } from '../../texts/en.ts';
import { Rail } from './rail.tsx';

/** One part of a page; `path` is its whole address. */
export interface SettingsPart {
  path: string;
  title: string;
}

/** A page of several parts, of which the one at `path` is open. Opening another moves the focus to the content. */
export function SettingsShell({
  user,
  heading,
  navLabel,
  parts,
  path,
  children,
}: {
  user: User;
  heading: string;
  navLabel: string;
  parts: readonly SettingsPart[];
  path: string;
  children: ReactNode;
}) {
  const main = useRef<HTMLElement>(null);
  const shown = useRef(path);
  const title = parts.find((part) => part.path === path)?.title;
  useEffect(() => {
    document.title = texts.app.title(0, title ?? heading);
    if (shown.current === path) return;
    shown.current = path;
    main.current?.focus();
    main.current?.scrollTo(0, 0);
  }, [path, title, heading]);
  return (
    <div className="flex h-full flex-col md:flex-row">
      <a
        href="#main"
        className="sr-only z-50 rounded-lg bg-raised px-4 py-2 font-semibold focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        {texts.shell.skipToContent}
      </a>
      <header className="order-last md:order-none">
        <Rail user={user} />
      </header>
      <nav
        aria-label={navLabel}
        className="border-line bg-panel px-4 py-3 max-md:border-b md:w-60 md:shrink-0 md:border-r md:px-3 md:py-5"
      >
        <h1 className="px-2.5 text-lg font-extrabold tracking-tight">{heading}</h1>
        <div className="mt-2 flex flex-wrap gap-1 md:mt-3 md:flex-col">
          {parts.map((part) => (
            <Link
              key={part.path}
              href={part.path}
              aria-current={part.path === path ? 'page' : undefined}
              className="rounded-lg px-2.5 py-1.5 text-sm font-semibold hover:bg-tint aria-[current=page]:bg-tint aria-[current=page]:text-accent hc:aria-[current=page]:outline"
            >
              {part.title}
            </Link>
          ))}
        </div>
      </nav>
      <main id="main" ref={main} tabIndex={-1} className="min-h-0 min-w-0 flex-1 overflow-y-auto bg-paper outline-none">
        <div className="mx-auto grid max-w-3xl gap-5 px-4 py-5 md:px-8 md:py-8">{children}</div>
      </main>
    </div>
  );
}
