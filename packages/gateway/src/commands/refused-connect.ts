// Decides how a unidirectional connection ends whose connect was refused: it cannot read replies, so that errors become disconnects.
import { type Disconnect, disconnects, replyErrors } from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import type { Refusal } from '../operations/refusal.ts';
import type { Session } from '../session/session.ts';

const byError: ReadonlyMap<number, Disconnect> = new Map<number, Disconnect>([
  [replyErrors.tokenExpired.code, disconnects.expired],
  [replyErrors.expired.code, disconnects.expired],
  [replyErrors.tooManyRequests.code, disconnects.tooManyRequests],
  [replyErrors.permissionDenied.code, disconnects.permissionDenied],
]);

/**
 * The disconnect for a refusal, as `client.connect_code_to_unidirectional_disconnect` chooses it for the code of the error or
 * disconnect. The transport learns the code first: it may answer with an HTTP status instead.
 */
export function endOfRefused(
  { config }: Pick<GatewayContext, 'config'>,
  { transport }: Session,
  { error, disconnect }: Refusal,
): Disconnect {
  const { enabled, transforms } = config.client.connect_code_to_unidirectional_disconnect;
  const code = error === undefined ? disconnect.code : error.code;
  transport.connectRefused?.(code);
  const chosen = enabled ? transforms.find((transform) => transform.code === code) : undefined;
  if (chosen !== undefined) return chosen.to;
  return error === undefined ? disconnect : (byError.get(error.code) ?? disconnects.internal);
}
