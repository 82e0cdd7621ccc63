import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonCodec, type Payload, rawJson, type WirePublication } from '@parley/protocol';
import fc from 'fast-check';
import { applyDelta } from 'fossil-delta';
import { jsonOverWebSocket } from '../transports/websocket-frames.ts';
import { chainPublications, Delivery, type Form, fullPublication } from './delivery.ts';

const long = 'a'.repeat(200);

function delivered(data: Payload | undefined, base: Payload | undefined, form: Form): Record<string, unknown> {
  const publication: WirePublication = { offset: 2, ...(data === undefined ? {} : { data }) };
  const message = new Delivery('c', { publication, epoch: 'e', base, lagMs: 0 }).message(jsonOverWebSocket, form);
  const { push } = JSON.parse(message?.payload.toString() ?? '{}') as { push: { pub: Record<string, unknown> } };
  return push.pub;
}

test('Delivery: plain data stays as it is; with delta it is the text of the payload, or a patch if that is smaller', () => {
  const next = rawJson({ long, n: 2 });
  assert.deepEqual(delivered(next, undefined, 'plain'), { data: { long, n: 2 }, offset: 2 });
  assert.deepEqual(delivered(next, rawJson({ long, n: 1 }), 'full'), { data: next, offset: 2 });
  assert.deepEqual(delivered(next, undefined, 'patch'), { data: next, offset: 2 });
  assert.deepEqual(delivered(rawJson(2), rawJson(1), 'patch'), { data: '2', offset: 2 });
  const patched = delivered(next, rawJson({ long, n: 1 }), 'patch');
  assert.equal(patched['delta'], true);
  const base = Buffer.from(rawJson({ long, n: 1 }));
  assert.equal(Buffer.from(applyDelta(base, Buffer.from(String(patched['data'])))).toString(), next);
});

test('Delivery: without data there is the text "null" with delta, because the JavaScript client parses it', () => {
  assert.deepEqual(delivered(undefined, rawJson(1), 'patch'), { data: 'null', offset: 2 });
  assert.deepEqual(delivered(undefined, undefined, 'plain'), { offset: 2 });
});

test('Delivery: a payload that is no JSON has no form for a JSON client', () => {
  const publication = { data: Buffer.from([0xff]), offset: 1 };
  const delivery = new Delivery('c', { publication, epoch: 'e', lagMs: 0 });
  for (const form of ['plain', 'full', 'patch'] as const) {
    assert.equal(delivery.message(jsonOverWebSocket, form), undefined, form);
  }
});

test('Delivery: each format and form is encoded once', () => {
  let encoded = 0;
  const codec = {
    ...jsonCodec,
    encodePush(...args: Parameters<typeof jsonCodec.encodePush>) {
      encoded += 1;
      return jsonCodec.encodePush(...args);
    },
  };
  const formats = [1, 2].map(() => ({ ...jsonOverWebSocket, codec }));
  const publication = { data: rawJson({ long }), offset: 2 };
  const delivery = new Delivery('c', { publication, epoch: 'e', base: rawJson({ long, n: 1 }), lagMs: 0 });
  const messages = new Set();
  for (let round = 0; round < 3; round += 1) {
    for (const format of formats) {
      for (const form of ['plain', 'full', 'patch'] as const) messages.add(delivery.message(format, form));
    }
  }
  assert.deepEqual([encoded, messages.size], [6, 6]);
});

test('chainPublications(): whoever applies the patches one after another has every payload', () => {
  const payloads = fc.array(
    fc.json().map((text) => rawJson(JSON.parse(text))),
    { minLength: 1 },
  );
  fc.assert(
    fc.property(payloads, fc.boolean(), (list, asBytes) => {
      const publications = list.map((data, at) => ({ data: asBytes ? Buffer.from(data) : data, offset: at + 1 }));
      let held = Buffer.alloc(0);
      const seen = (chainPublications(jsonCodec, publications) ?? []).map(({ data, delta }) => {
        const text = Buffer.from(JSON.parse(String(data)) as string);
        held = delta === true ? Buffer.from(applyDelta(held, text)) : text;
        return held.toString();
      });
      assert.deepEqual(seen, list);
    }),
  );
});

test('chainPublications(): after as much as limits allow, the rest is whole', () => {
  const filler = 'x'.repeat(60_000);
  const publications = Array.from({ length: 20 }, (_, at) => ({ data: rawJson(`${at} ${filler}`), offset: at + 1 }));
  const patched = chainPublications(jsonCodec, publications)?.map(({ delta }) => delta === true);
  assert.deepEqual(patched, [false, ...Array(5).fill(true), ...Array(14).fill(false)]);
});

test('fullPublication(): bytes that are no text have no form in JSON', () => {
  assert.equal(fullPublication(jsonCodec, { data: Buffer.from([0xff]), offset: 1 }), undefined);
});
