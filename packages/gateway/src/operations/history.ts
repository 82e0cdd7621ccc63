// Decides what reading a channel's history returns and when it is refused; who may read is decided before.
import { type HistoryResult, replyErrors, type StreamPosition } from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import type { ChannelRules } from '../namespaces.ts';
import { type Refusal, refuse } from './refusal.ts';

/** What to read. `limit` 0: the position only; -1: everything. */
export interface HistoryInput {
  readonly channel: string;
  readonly rules: ChannelRules;
  readonly limit: number;
  readonly since: StreamPosition | undefined;
  readonly reverse: boolean;
}

/** Reads history; refused for channels without one, and for a position in another life of the stream. */
export async function readHistory(
  context: Pick<GatewayContext, 'broker'>,
  { channel, rules, limit, since, reverse }: HistoryInput,
): Promise<{ ok: true; result: HistoryResult } | Refusal> {
  if (!rules.hasHistory) return refuse(replyErrors.notAvailable);
  if (reverse && since?.offset === 0) return refuse(replyErrors.badRequest);
  const query = { limit, reverse, metaTtlMs: rules.metaTtlMs };
  const part = await context.broker.history(channel, since === undefined ? query : { ...query, since });
  const { offset, epoch } = part.position;
  if (since !== undefined && since.epoch !== '' && since.epoch !== epoch) {
    return refuse(replyErrors.unrecoverablePosition);
  }
  return { ok: true, result: { publications: part.publications, offset, epoch } };
}
