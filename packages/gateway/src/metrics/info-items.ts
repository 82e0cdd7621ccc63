// Decides which metrics stand in the answer to `info`: what was counted in the last full interval, by short names.
import type { Clock } from '../clock.ts';
import type { Snapshot } from './snapshot.ts';
import { metricTable } from './table.ts';

/** Numbers of one process. `interval` in seconds; `items` are sums over all labels. */
export interface InfoMetrics {
  readonly interval: number;
  readonly items: Readonly<Record<string, number>>;
}

/** Items of one process. */
export interface InfoItems {
  readonly read: () => InfoMetrics;
  readonly stop: () => void;
}

/** What `createInfoItems` needs. */
export interface InfoNeeds {
  readonly clock: Pick<Clock, 'every'>;
  readonly intervalMs: number;
  readonly snapshot: () => Snapshot;
}

/** Collects from now on; until the first interval is over there are no items. */
export function createInfoItems(needs: InfoNeeds): InfoItems {
  const { clock, intervalMs, snapshot } = needs;
  const interval = intervalMs / 1000;
  const state: { totals: Readonly<Record<string, number>>; items: Readonly<Record<string, number>> } = {
    totals: totalsOf(snapshot()),
    items: {},
  };
  const stop = clock.every(intervalMs, () => {
    const totals = totalsOf(snapshot());
    state.items = Object.fromEntries(
      Object.entries(totals).map(([name, total]) => [name, total - (state.totals[name] ?? 0)]),
    );
    state.totals = totals;
  });
  return { read: () => ({ interval, items: state.items }), stop };
}

function totalsOf(snapshot: Snapshot): Record<string, number> {
  const totals: Record<string, number> = {};
  for (const [name, { kind }] of Object.entries(metricTable)) {
    if (kind !== 'counter') continue;
    const short = name.replace(/^(centrifugo|parley)_/, '');
    totals[short] = (snapshot[name] ?? []).reduce((sum, sample) => sum + ('value' in sample ? sample.value : 0), 0);
  }
  return totals;
}
