// Carries out `rpc`: the built-in ping, or the application that the method's namespace names.
import { replyErrors } from '@parley/protocol';
import type { GatewayConfig } from '../config.ts';
import { callerOf } from '../operations/caller.ts';
import { type Refusal, refuse } from '../operations/refusal.ts';
import type { Handler } from './outcome.ts';

/** Calls a method of the application. */
export const rpc: Handler<'rpc'> = async (context, { session, connected }, { method, data }) => {
  const { rpc: config } = context.config;
  if (config.ping.enabled && method === config.ping.method) return { ok: true, result: {} };
  const found = findProxyName(config, method);
  if (!found.ok) return found;
  const answer = await context.backend.rpc(found.proxy, { ...callerOf(session, connected), method, data });
  if (!answer.ok) return answer;
  return { ok: true, result: answer.result?.data === undefined ? {} : { data: answer.result.data } };
};

function findProxyName(config: GatewayConfig['rpc'], method: string): { ok: true; proxy: string } | Refusal {
  const { without_namespace: withoutNamespace, namespaces, namespace_boundary: boundary } = config;
  const hasAny = config.ping.enabled || [withoutNamespace, ...namespaces].some(({ proxy_enabled }) => proxy_enabled);
  if (!hasAny) return refuse(replyErrors.notAvailable);
  const end = method.indexOf(boundary);
  const options = end === -1 ? withoutNamespace : namespaces.find(({ name }) => name === method.slice(0, end));
  if (options === undefined) return refuse(replyErrors.methodNotFound);
  return options.proxy_enabled ? { ok: true, proxy: options.proxy_name } : refuse(replyErrors.notAvailable);
}
