// Carries out `history`.
import { replyErrors } from '@parley/protocol';
import { readHistory } from '../operations/history.ts';
import { refuse } from '../operations/refusal.ts';
import { mayReadHistory } from '../permissions.ts';
import { askerOf, openChannel } from './channel-gate.ts';
import type { Handler } from './outcome.ts';

/** Reads a channel's history, at most as much as the server allows at once. */
export const history: Handler<'history'> = (context, asking, { channel, limit, since, reverse }) => {
  const opened = openChannel(context, channel);
  if (!opened.ok) return opened;
  const { rules } = opened;
  if (!rules.hasHistory) return refuse(replyErrors.notAvailable);
  if (!mayReadHistory(rules, askerOf(context, asking, channel))) return refuse(replyErrors.permissionDenied);
  const max = context.config.client.history_max_publication_limit;
  const allowed = limit < 0 ? max : Math.min(limit, max);
  return readHistory(context, { channel, rules, limit: allowed, since, reverse });
};
