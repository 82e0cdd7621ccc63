// Decides how tests see the gateway: a server API that records calls and keeps histories with idempotency keys.
import type { ApiError, Json, ServerApi, ServerApiMethod, ServerApiMethods } from '@parley/protocol';

/** One call, as it was made. */
export interface RecordedCall {
  method: ServerApiMethod;
  params: unknown;
}

/** What a call is to end in: carried out, refused with an error, or never reaching the gateway. */
export type Verdict = 'ok' | 'unreachable' | 'carried_out_but_unreachable' | ApiError;

/** The gateway of a test. */
export interface RecordingGateway {
  serverApi: ServerApi;
  calls: RecordedCall[];
  /** What the history of a channel holds, oldest first. */
  published(channel: string): { type: string; data: unknown; [member: string]: unknown }[];
  /** Decides the fate of each call from now on. */
  judge: (call: RecordedCall) => Verdict;
  /** Resolves when `isTrue` holds; looked at after every call. Rejects after 10 s. */
  until(isTrue: () => boolean): Promise<void>;
}

interface Stream {
  publications: Json[];
  keys: Map<string, number>;
}

/** Makes the gateway. `data` is printed and parsed again, so that it must be JSON. */
export function createRecordingGateway(): RecordingGateway {
  const streams = new Map<string, Stream>();
  const calls: RecordedCall[] = [];
  const watchers = new Set<() => void>();
  const gateway: RecordingGateway = {
    calls,
    judge: () => 'ok',
    published: (channel) =>
      (streams.get(channel)?.publications ?? []) as unknown as ReturnType<RecordingGateway['published']>,
    until: (isTrue) => watch(watchers, isTrue),
    serverApi: {
      async call<M extends ServerApiMethod>(method: M, params: ServerApiMethods[M]['params']) {
        // A turn of the loop, as every real call takes.
        await new Promise((resolve) => setImmediate(resolve));
        const call = { method, params: JSON.parse(JSON.stringify(params)) as unknown };
        calls.push(call);
        const verdict = gateway.judge(call);
        try {
          if (verdict === 'unreachable') throw new Error('connection refused');
          if (typeof verdict === 'object') return { error: verdict };
          const result = carryOut(streams, call) as ServerApiMethods[M]['result'];
          if (verdict === 'carried_out_but_unreachable') throw new Error('connection reset');
          return { result };
        } finally {
          for (const look of watchers) look();
        }
      },
    },
  };
  return gateway;
}

function watch(watchers: Set<() => void>, isTrue: () => boolean): Promise<void> {
  if (isTrue()) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => {
      watchers.delete(look);
      reject(new Error('the gateway did not see what the test waited for'));
    }, 10_000);
    const look = (): void => {
      if (!isTrue()) return;
      clearTimeout(deadline);
      watchers.delete(look);
      resolve();
    };
    watchers.add(look);
  });
}

interface PublishParams {
  channel: string;
  channels: string[];
  data: Json;
  skip_history?: boolean;
  idempotency_key?: string;
}

function carryOut(streams: Map<string, Stream>, { method, params }: RecordedCall): unknown {
  const wanted = params as PublishParams;
  if (method === 'publish') return publish(streams, wanted.channel, wanted);
  if (method === 'broadcast')
    return { responses: wanted.channels.map((channel) => ({ result: publish(streams, channel, wanted) })) };
  if (method === 'history')
    return { publications: [], offset: streams.get(wanted.channel)?.publications.length ?? 0, epoch: 'e1' };
  return {};
}

function publish(streams: Map<string, Stream>, channel: string, wanted: PublishParams) {
  const stream = streams.get(channel) ?? { publications: [], keys: new Map<string, number>() };
  streams.set(channel, stream);
  const known = wanted.idempotency_key === undefined ? undefined : stream.keys.get(wanted.idempotency_key);
  if (known !== undefined) return { offset: known, epoch: 'e1' };
  if (wanted.skip_history === true) return { offset: 0, epoch: '' };
  stream.publications.push(wanted.data);
  const offset = stream.publications.length;
  if (wanted.idempotency_key !== undefined) stream.keys.set(wanted.idempotency_key, offset);
  return { offset, epoch: 'e1' };
}
