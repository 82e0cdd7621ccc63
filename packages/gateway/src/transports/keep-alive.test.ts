import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { startGateway } from '../testing/gateway-under-test.ts';
import { until } from '../testing/once.ts';

test('an answer that reads no body keeps the connection, unless the request has one', async (t) => {
  const { httpUrl } = await startGateway(t, {
    http_api: { key: 'k' },
    init: { enabled: true },
    sse: { enabled: true },
  });
  const { hostname, port } = new URL(httpUrl);
  for (const [request, isKept] of [
    ['OPTIONS /emulation HTTP/1.1\r\nHost: a\r\n\r\n', true],
    ['GET /connection/init HTTP/1.1\r\nHost: a\r\n\r\n', true],
    ['GET /api/info HTTP/1.1\r\nHost: a\r\n\r\n', true],
    ['PUT /emulation HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n', false],
    ['POST /api/nope HTTP/1.1\r\nHost: a\r\nX-API-Key: k\r\nTransfer-Encoding: chunked\r\n\r\n', false],
  ] as const) {
    const socket = connect(Number(port), hostname);
    t.after(() => socket.destroy());
    await once(socket, 'connect');
    let answer = '';
    socket.setEncoding('latin1').on('data', (text: string) => (answer += text));
    socket.write(request);
    await until('the answer', () => answer.includes('\r\n\r\n'));
    assert.equal(/^connection: close$/im.test(answer), !isKept, request);
  }
});
