import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { type GatewayConfigInput, readGatewayConfig } from '../config.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { createHttpProxy } from './http-backend.ts';

type Tls = NonNullable<NonNullable<NonNullable<GatewayConfigInput['rpc']>['proxy']>['http']>['tls'];

/** A key and a certificate for `backend.test` that it signed itself. Undefined: there is no openssl here. */
function makeCertificate(t: TestContext): { key: string; cert: string } | undefined {
  const folder = mkdtempSync(path.join(tmpdir(), 'parley-tls-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const names = [
    '-subj',
    '/CN=backend.test',
    '-addext',
    'subjectAltName=DNS:backend.test',
    '-keyout',
    key,
    '-out',
    cert,
  ];
  const made = spawnSync('openssl', ['req', '-x509', ...kind, ...names]);
  if (made.status === 0) return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  t.skip('openssl is not installed: there is no certificate to test with');
  return undefined;
}

test('ask() over TLS checks the certificate as the options say, and shows its own', async (t) => {
  const made = makeCertificate(t);
  if (made === undefined) return;
  const { key, cert } = made;
  const seen: boolean[] = [];
  const server = createServer(
    { key, cert, ca: cert, requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      seen.push('authorized' in request.socket && request.socket.authorized === true);
      request.resume().on('end', () => response.end('{"result":{}}'));
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const ask = async (tls: Tls): Promise<string> => {
    const read = readGatewayConfig({ rpc: { proxy: { endpoint, http: { tls } } } });
    assert.ok(read.ok);
    const proxy = createHttpProxy({ path: 'rpc.proxy', proxy: read.config.rpc.proxy }, createFakeClock());
    t.after(() => proxy.close());
    const call = { client: 'c', transport: 'sse', protocol: 'json', user: '', meta: undefined } as const;
    try {
      const answer = await proxy.ask('refresh', { ...call, headers: undefined, emulatedHeaders: undefined });
      return answer.ok ? 'ok' : 'refused';
    } catch (error) {
      return (error as Error).message;
    }
  };
  const failed = 'rpc.proxy: the request failed: ';
  assert.equal(await ask({}), `${failed}DEPTH_ZERO_SELF_SIGNED_CERT`);
  assert.equal(await ask({ enabled: true, insecure_skip_verify: true }), 'ok');
  assert.equal(await ask({ enabled: false, insecure_skip_verify: true }), `${failed}DEPTH_ZERO_SELF_SIGNED_CERT`);
  assert.equal(await ask({ enabled: true, server_ca_pem: cert }), `${failed}ERR_TLS_CERT_ALTNAME_INVALID`);
  const own = { enabled: true, server_ca_pem: cert, server_name: 'backend.test' };
  assert.equal(await ask(own), 'ok');
  assert.equal(await ask({ ...own, cert_pem: cert, key_pem: key }), 'ok');
  assert.deepEqual(seen, [false, false, true]);
  const broken = cert.replace(/\n[^-].*\n/, '\nbroken-canary\n');
  assert.match(
    await ask({ ...own, cert_pem: broken, key_pem: key }),
    /^rpc\.proxy: the request failed: ERR_(OSSL|SSL)_\w+$/,
  );
});
