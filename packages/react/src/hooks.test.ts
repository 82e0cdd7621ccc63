// Proves that the hooks render on a server, and that what they open under StrictMode is opened once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createParley } from '@parley/client';
import type { Parley } from '@parley/client';
import { StrictMode, createElement } from 'react';
import type { ReactNode } from 'react';
import { renderToString } from 'react-dom/server';
import {
  ParleyProvider,
  useCentrifugo,
  useChannel,
  useConnection,
  useMembers,
  useMessages,
  useParley,
  usePresence,
  useRooms,
  useSession,
  useTyping,
} from './index.ts';

function createOffline(): Parley {
  const fetch = (() => Promise.reject(new TypeError('no network'))) as typeof globalThis.fetch;
  return createParley({ baseUrl: 'https://x.example', fetch });
}

function render(parley: Parley, Page: () => ReactNode): string {
  const Root = (): ReactNode => ParleyProvider({ parley, children: createElement(Page) });
  return renderToString(createElement(StrictMode, null, createElement(Root)));
}

test('every hook renders on a server with a stable first state, without a request', () => {
  const parley = createOffline();
  const seen: Record<string, unknown> = {};
  const html = render(parley, () => {
    const messages = useMessages('r1');
    const { status: centrifugo } = useCentrifugo({ url: 'wss://x.example', token: null }, 'c', () => undefined);
    const { status: channel } = useChannel('calendar:me', {});
    seen['session'] = useSession().state;
    seen['connection'] = useConnection().status.name;
    seen['rooms'] = useRooms().status;
    seen['messages'] = [messages.status, messages.messages, messages.hasOlder, messages.hasNewer];
    seen['typing'] = useTyping('r1').typers;
    seen['presence'] = usePresence('r1');
    seen['members'] = useMembers('r1').members;
    seen['channels'] = [centrifugo, channel];
    return 'rendered';
  });
  parley.close();
  assert.equal(html, 'rendered');
  assert.deepEqual(seen, {
    session: { name: 'restoring', problem: null },
    connection: 'connecting',
    rooms: 'loading',
    messages: [{ name: 'idle' }, [], false, false],
    typing: [],
    presence: { name: 'unknown' },
    members: { name: 'unknown' },
    channels: [{ name: 'connecting' }, { name: 'subscribing' }],
  });
});

test('useMessages() hands out the same functions for the same room', () => {
  const parley = createOffline();
  const seen: unknown[][] = [];
  const Page = (): ReactNode => {
    const { send, retry, discard, edit, remove, loadOlder, loadNewer, loadAround } = useMessages('r1');
    seen.push([send, retry, discard, edit, remove, loadOlder, loadNewer, loadAround]);
    return null;
  };
  render(parley, Page);
  render(parley, Page);
  parley.close();
  assert.deepEqual(seen[0], seen[1]);
  seen[0]!.forEach((item, at) => assert.equal(item, seen[1]![at]));
});

test('useParley() says what to do when there is no provider', () => {
  const Page = (): ReactNode => useParley().session.state.getSnapshot().name;
  assert.throws(() => renderToString(createElement(Page)), TypeError);
});
