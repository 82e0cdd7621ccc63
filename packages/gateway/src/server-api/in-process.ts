// Decides how a backend in the same process calls the server API: values in, values out, no text between.
import {
  type ApiPublication,
  type ClientInfo,
  type Json,
  type MapEntry,
  parseRawJson,
  type Payload,
  payloadText,
  rawJson,
  type RawParams,
  type ServerApi,
  type ServerApiMethod,
  type ServerApiMethods,
} from '@parley/protocol';
import type { GatewayContext } from '../context.ts';
import { methods } from './methods.ts';

/** The server API of this process. Rejects only if the engine cannot be reached. */
export function createServerApi(context: GatewayContext): ServerApi {
  return {
    async call(method, params) {
      const startedAt = context.metrics.elapsed();
      const reply = await callRaw(context, method, rawParams(params));
      const error = reply.error === undefined ? undefined : String(reply.error.code);
      context.metrics.called('in_process', method, { startedAt, error });
      if (reply.error !== undefined) return { error: reply.error };
      return { result: toValues(method, reply.result) };
    },
  };
}

async function callRaw<M extends ServerApiMethod>(context: GatewayContext, method: M, params: RawParams<M>) {
  return methods[method](context, params);
}

// Payloads stand only in these two members; their neighbours are the same in both forms.
function rawParams<M extends ServerApiMethod>(params: ServerApiMethods[M]['params']): RawParams<M> {
  const { data, info } = params as { data?: unknown; info?: unknown };
  return {
    ...params,
    ...(data === undefined ? {} : { data: rawJson(data as Parameters<typeof rawJson>[0]) }),
    ...(info === undefined ? {} : { info: rawJson(info as Parameters<typeof rawJson>[0]) }),
  } as RawParams<M>;
}

type RawResult<M extends ServerApiMethod> = ServerApiMethods<Payload>[M]['result'];

function toValues<M extends ServerApiMethod>(method: M, result: RawResult<M>): ServerApiMethods[M]['result'] {
  // Only these results hold payloads; the compiler does not follow `method` into the type of `result`.
  if (method === 'presence') {
    const { presence } = result as RawResult<'presence'>;
    const entries = Object.entries(presence).map(([client, info]) => [client, infoValues(info)]);
    return { presence: Object.fromEntries(entries) } as ServerApiMethods[M]['result'];
  }
  if (method === 'history') {
    const history = result as RawResult<'history'>;
    return { ...history, publications: history.publications.map(publicationValues) } as ServerApiMethods[M]['result'];
  }
  if (method === 'map_read_state' || method === 'map_read_stream') {
    const part = result as RawResult<'map_read_state' | 'map_read_stream'>;
    return { ...part, entries: part.entries.map(entryValues) } as ServerApiMethods[M]['result'];
  }
  return result as ServerApiMethods[M]['result'];
}

function publicationValues({ data, info, ...rest }: ApiPublication<Payload>): ApiPublication {
  return {
    ...rest,
    ...(data === undefined ? {} : { data: toValue(data) }),
    ...(info === undefined ? {} : { info: infoValues(info) }),
  };
}

function entryValues({ data, ...rest }: MapEntry<Payload>): MapEntry {
  return { ...rest, ...(data === undefined ? {} : { data: toValue(data) }) };
}

// Bytes that are not JSON came from a client that speaks Protobuf; a backend in this process gets them as base64.
function toValue(payload: Payload): Json {
  const text = payloadText(payload);
  return text === undefined ? Buffer.from(payload).toString('base64') : parseRawJson(text);
}

function infoValues({ conn_info, chan_info, ...rest }: ClientInfo<Payload>): ClientInfo {
  return {
    ...rest,
    ...(conn_info === undefined ? {} : { conn_info: toValue(conn_info) }),
    ...(chan_info === undefined ? {} : { chan_info: toValue(chan_info) }),
  };
}
