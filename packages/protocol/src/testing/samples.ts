// The replies and pushes that the golden files hold, one of each kind.
import { readFileSync } from 'node:fs';
import { disconnects } from '../disconnects.ts';
import { replyErrors } from '../errors.ts';
import { type RawJson, rawJson } from '../raw-json.ts';
import type { Push, Reply, SubscribeResult } from '../replies.ts';
import { unsubscribes } from '../unsubscribes.ts';

const plain: SubscribeResult = {
  recoverable: false,
  positioned: false,
  epoch: '',
  offset: 0,
  recovered: false,
  wasRecovering: false,
  publications: [],
};
const ann = { user: '42', client: 'a3f0' };

/** One reply of each kind, by the name of its line in `golden/`. */
export const replies: Record<string, Reply> = {
  connect: {
    id: 1,
    name: 'connect',
    result: {
      client: '0b1e',
      version: '0.1.0 parley',
      ttl: 600,
      ping: 25,
      pong: true,
      subs: new Map([['#42', { ...plain, recoverable: true, positioned: true, epoch: 'kWqLmZaB', offset: 7 }]]),
    },
  },
  'connect, nothing optional': {
    id: 1,
    name: 'connect',
    result: { client: '0b1e', version: '0.1.0 parley', ping: 0, pong: false, subs: new Map() },
  },
  'connect, emulated': {
    id: 4_294_967_295,
    name: 'connect',
    result: {
      client: '0b1e',
      version: '0.1.0 parley',
      ping: 25,
      pong: true,
      subs: new Map(),
      data: rawJson({ hello: 'Ünïcode ✓' }),
      session: '5d3c',
      node: '9b71',
      time: 1_700_000_000_123,
    },
  },
  'subscribe, not positioned': { id: 2, name: 'subscribe', result: plain },
  'subscribe, recovered': {
    id: 5,
    name: 'subscribe',
    result: {
      recoverable: true,
      positioned: true,
      epoch: 'QwErTyUi',
      offset: 1,
      recovered: true,
      wasRecovering: true,
      publications: [
        { data: rawJson({ seq: 2 }), offset: 2 },
        { data: rawJson('text'), offset: 3 },
      ],
    },
  },
  'subscribe, page of a map': {
    id: 5,
    name: 'subscribe',
    result: {
      ...plain,
      recoverable: true,
      epoch: 'QwErTyUi',
      offset: 150,
      ttl: 60,
      delta: true,
      type: 1,
      phase: 2,
      cursor: 'k099',
      state: [{ key: 'k001', data: rawJson({ n: 1 }), offset: 3, version: 2 }],
      publications: [{ key: 'k002', removed: true, offset: 151 }],
      data: rawJson({ greet: 1 }),
      publishDebounce: 50,
    },
  },
  unsubscribe: { id: 4, name: 'unsubscribe', result: {} },
  publish: { id: 5, name: 'publish', result: {} },
  presence: {
    id: 6,
    name: 'presence',
    result: {
      presence: new Map([
        ['a3f0', { ...ann, conn_info: rawJson({ name: 'Ann' }) }],
        ['b', { user: '', client: 'b', chan_info: rawJson([1]) }],
      ]),
    },
  },
  'presence, nobody': { id: 6, name: 'presence', result: { presence: new Map() } },
  presence_stats: { id: 7, name: 'presence_stats', result: { num_clients: 0, num_users: 0 } },
  history: { id: 8, name: 'history', result: { publications: [], epoch: 'QwErTyUi', offset: 0 } },
  rpc: { id: 9, name: 'rpc', result: { data: rawJson(0) } },
  refresh: { id: 10, name: 'refresh', result: { ttl: 300 } },
  'refresh, no expiry': { id: 10, name: 'refresh', result: {} },
  sub_refresh: {
    id: 10,
    name: 'sub_refresh',
    result: {
      ttl: 30,
      items: [{ key: 'a', data: rawJson('x'), offset: 0, epoch: 'p', version: 9_007_199_254_740_991 }],
    },
  },
  error: { id: 11, name: 'error', error: replyErrors.internal },
};

/** One push of each kind, by the name of its line in `golden/`. */
export const pushes: Record<string, Push> = {
  pub: {
    name: 'pub',
    channel: 'chat:1',
    pub: { data: rawJson({ t: 'hi' }), info: ann, offset: 12, tags: { k: 'v' } },
  },
  'pub, first of a stream': {
    name: 'pub',
    channel: 'a"b',
    pub: { data: '1e400' as RawJson, offset: 1, epoch: 'QwErTyUi' },
  },
  'pub, patch': {
    name: 'pub',
    channel: 'map',
    pub: { data: rawJson('patch'), offset: 300, delta: true, key: 'k' },
  },
  'pub, removal': { name: 'pub', channel: 'map', pub: { offset: 301, key: 'k', removed: true } },
  join: { name: 'join', channel: 'chat:1', info: ann },
  leave: { name: 'leave', channel: 'chat:1', info: ann },
  unsubscribe: { name: 'unsubscribe', channel: 'chat:1', unsubscribe: unsubscribes.server },
  subscribe: {
    name: 'subscribe',
    channel: 'chat:1',
    subscribe: { recoverable: true, positioned: true, epoch: 'kWqLmZaB', offset: 3, data: rawJson({ greet: 1 }) },
  },
  refresh: { name: 'refresh', refresh: { ttl: 300 } },
  message: { name: 'message', data: rawJson([1, 2]) },
  disconnect: { name: 'disconnect', disconnect: disconnects.shutdown },
};

/** The lines of a golden file, each with what stands before and behind its tab. */
export function golden(file: string): [string, string][] {
  const text = readFileSync(new URL(`../golden/${file}`, import.meta.url), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t') as [string, string]);
}
