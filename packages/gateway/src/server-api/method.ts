// Decides what a method of the server API is, and how it refuses.
import {
  type ApiReply,
  type Payload,
  type RawParams,
  type ReplyError,
  replyErrors,
  type ServerApiMethod,
  type ServerApiMethods,
} from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import type { ChannelRules } from '../namespaces.ts';

/** A method's answer with payloads as they travel. */
export type RawReply<M extends ServerApiMethod> = ApiReply<ServerApiMethods<Payload>[M]['result']>;

/** Carries out a method. Refusals are answers; it throws only if the engine cannot be reached. */
export type Method<M extends ServerApiMethod> = (context: GatewayContext, params: RawParams<M>) => Promise<RawReply<M>>;

/** The rules of the channel that a call names, or the answer that refuses it. */
export function openChannel(
  { namespaces }: GatewayContext,
  channel: string,
): { ok: true; rules: ChannelRules } | { ok: false; reply: ReturnType<typeof refused> } {
  if (channel === '') return { ok: false, reply: refused(replyErrors.badRequest) };
  const rules = namespaces(channel);
  return rules === undefined ? { ok: false, reply: refused(replyErrors.unknownChannel) } : { ok: true, rules };
}

// The server API has its own words for two codes.
const apiMessages: ReadonlyMap<number, string> = new Map([[104, 'not found']]);

/** The answer for an error. */
export function refused({ code, message }: ReplyError): { error: { code: number; message: string } } {
  return { error: { code, message: apiMessages.get(code) ?? message } };
}
