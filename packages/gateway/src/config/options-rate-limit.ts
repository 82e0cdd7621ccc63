// Holds the options that limit how often connections and users may do something, and how many errors they may cause.
import { duration, flag, integer, list, text } from './fields.ts';

const limit = {
  enabled: flag('Use these buckets.'),
  buckets: list('All of them have to have room.', {
    interval: duration('Length of the interval, from 1s to 1h.'),
    rate: integer('How many in one interval.'),
  }),
};

const commands = {
  enabled: flag('Limit commands.'),
  total: limit,
  default: limit,
  subscribe: limit,
  publish: limit,
  history: limit,
  presence: limit,
  presence_stats: limit,
  refresh: limit,
  sub_refresh: limit,
  track: limit,
  rpc: {
    ...limit,
    method_overrides: list('Buckets of single methods, instead of those of all methods.', {
      method: text('Name of the method.'),
      ...limit,
    }),
  },
};

/** Everything under `client.rate_limit`. */
export const rateLimit = {
  client_command: commands,
  user_command: { ...commands, connect: limit },
  client_error: { enabled: flag('End connections that cause too many errors.'), total: limit },
};
