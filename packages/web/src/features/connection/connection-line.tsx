// Decides how the state of the connection is told: in words, quietly at first, with more room when it lasts.
import { useConnection } from '@parley/react';
import { CloudOff, RefreshCw, ShieldX } from 'lucide-react';
import { useEffect, useState } from 'react';
import { texts } from '../../texts/en.ts';
import { changesWithTime, visibleStatus } from './visible-status.ts';
import type { VisibleStatus } from './visible-status.ts';

const t = texts.connection;
const TICK_MS = 500;

/** The connection in words; in `live` a dot and one word, or nothing where `isHiddenWhenLive`. */
export function ConnectionLine({ isHiddenWhenLive = false }: { isHiddenWhenLive?: boolean }) {
  const { status, reconnectNow } = useConnection();
  const nowMs = useNow(changesWithTime(status));
  const shown = visibleStatus(status, nowMs);
  if (isHiddenWhenLive && (shown.kind === 'live' || shown.kind === 'quiet')) return null;
  if (shown.kind === 'quiet') return <div data-connection="quiet" className="min-h-8" />;
  const isBanner = 'isBanner' in shown && shown.isBanner;
  return (
    <div
      data-connection={shown.kind}
      className={
        shown.kind === 'live'
          ? 'flex min-h-8 items-center gap-2 px-4 text-xs text-soft'
          : `flex min-h-8 flex-wrap items-center gap-x-2 gap-y-1 bg-warn-tint px-4 text-sm font-medium text-warn ${isBanner ? 'py-3' : 'py-1'}`
      }
    >
      <Sign kind={shown.kind} />
      {/* The words alone are announced, and without the seconds: a countdown would be read out each second. */}
      <span role="status" aria-label={t.label} className="sr-only">
        {wordsOf(shown, false)}
      </span>
      <span aria-hidden className="min-w-0 flex-1">
        {wordsOf(shown, true)}
      </span>
      {(shown.kind === 'reconnecting' || shown.kind === 'denied') && (
        <button
          type="button"
          className="min-h-6 rounded px-1 font-bold underline underline-offset-2"
          onClick={reconnectNow}
        >
          {t.retryNow}
        </button>
      )}
    </div>
  );
}

type Said = Exclude<VisibleStatus, { kind: 'quiet' }>;

function Sign({ kind }: { kind: Said['kind'] }) {
  if (kind === 'live') return <span aria-hidden className="size-2 rounded-full bg-good hc:bg-[CanvasText]" />;
  const Icon = {
    offline: CloudOff,
    denied: ShieldX,
    reconnecting: RefreshCw,
    connecting: RefreshCw,
    'catching-up': RefreshCw,
  }[kind];
  return <Icon aria-hidden size={15} className="shrink-0" />;
}

function wordsOf(shown: Said, withSeconds: boolean): string {
  switch (shown.kind) {
    case 'live':
      return t.live;
    case 'connecting':
      return t.connecting;
    case 'catching-up':
      return t.catchingUp;
    case 'offline':
      return t.offline;
    case 'denied':
      return `${t.denied}. ${t.deniedHint}`;
    case 'reconnecting':
      return withSeconds && shown.retryInSeconds !== undefined ? t.retryIn(shown.retryInSeconds) : t.reconnecting;
    default:
      return shown satisfies never;
  }
}

/** The present time, renewed twice a second while `isTicking`; up to a tick old when that begins. */
function useNow(isTicking: boolean): number {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    if (!isTicking) return undefined;
    const timer = setInterval(() => setNowMs(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, [isTicking]);
  return nowMs;
}
