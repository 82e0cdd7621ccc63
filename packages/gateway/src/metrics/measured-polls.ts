// Decides what is counted of the work of shared polls.
import type { PollMeter } from '../shared-poll/poll-meter.ts';
import type { Metrics } from './metrics.ts';

/** Counts it. */
export function createPollMeter({ store, namespaceOf, elapsed }: Metrics): PollMeter {
  return {
    elapsed,
    asked(channel, { trigger, waitedMs, tookMs, items }) {
      const labels = [trigger, namespaceOf(channel)] as const;
      store.took('centrifugo_shared_poll_sem_wait_duration_seconds', waitedMs / 1000, ...labels);
      store.took('centrifugo_shared_poll_handler_duration_seconds', tookMs / 1000, ...labels);
      if (items === undefined) store.count('centrifugo_shared_poll_handler_error_count', ...labels);
      const [given, namespace] = labels;
      store.cell('centrifugo_shared_poll_items_count', given, 'changed', namespace).value += items?.changed ?? 0;
      store.cell('centrifugo_shared_poll_items_count', given, 'unchanged', namespace).value += items?.unchanged ?? 0;
    },
    cycled(channel, { tookMs, workedMs }) {
      const namespace = namespaceOf(channel);
      store.took('centrifugo_shared_poll_cycle_duration_seconds', tookMs / 1000, namespace);
      store.took('centrifugo_shared_poll_cycle_work_duration_seconds', workedMs / 1000, namespace);
    },
    told(channel, updates) {
      store.cell('centrifugo_shared_poll_notify_count', namespaceOf(channel)).value += updates;
    },
    published(channel, isNews) {
      store.count('centrifugo_shared_poll_publish_count', isNews ? 'applied' : 'ignored', namespaceOf(channel));
    },
  };
}
