// Holds the options of what the backend is told without being asked.
import { duration, integer } from './fields.ts';

/** Everything under `hooks`. */
export const hooks = {
  queue_size: integer(
    'Events that may wait for one proxy; when there are more, the oldest tenth is dropped.',
    50_000,
    1,
  ),
  batch_size: integer('Events in one request.', 100, 1),
  max_retry_delay: duration('How long to wait at most before a backend that failed is asked again.', '30s'),
  vacated_event_delay: duration('How long a channel has to be without subscribers to count as vacated.', '5s'),
};
