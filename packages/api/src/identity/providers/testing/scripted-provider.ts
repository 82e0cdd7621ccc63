// Decides how tests play an OpenID Connect provider that says whatever the test wants, right or wrong.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose';

/** What a test may make a provider say. */
export interface Script {
  /** Claims that replace those of a good ID token; undefined leaves one out. */
  claims: Record<string, unknown>;
  /** Signs with a key that the provider does not publish. */
  signsWithStranger: boolean;
  /** In place of the answer of a path; `undefined` answers as usual. */
  answer(path: string, response: ServerResponse): boolean;
}

/** A provider on this machine. */
export interface ScriptedProvider {
  issuer: string;
  script: Script;
  /** Forms that the token endpoint was sent, in order. */
  forms: URLSearchParams[];
  /** Paths that were asked, in order. */
  asked: string[];
  /** The ID token that was given last. */
  lastIdToken(): string;
  close(): Promise<void>;
}

/** Starts a provider on a free port. `person` is who signs in there. */
export async function startScriptedProvider(person: Record<string, unknown>): Promise<ScriptedProvider> {
  const own = await generateKeyPair('RS256');
  const stranger = await generateKeyPair('RS256');
  const keys = { keys: [{ ...(await exportJWK(own.publicKey)), kid: 'own', alg: 'RS256', use: 'sig' }] };
  const script: Script = { claims: {}, signsWithStranger: false, answer: () => false };
  const state = { issuer: '', idToken: '' };
  const forms: URLSearchParams[] = [];
  const asked: string[] = [];

  const idToken = (key: CryptoKey): Promise<string> => {
    const now = Math.floor(Date.now() / 1_000);
    const good = { iss: state.issuer, aud: 'parley', iat: now, exp: now + 300, ...person };
    return new SignJWT({ ...good, ...script.claims }).setProtectedHeader({ alg: 'RS256', kid: 'own' }).sign(key);
  };
  const answerToken = async (request: IncomingMessage): Promise<object> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    forms.push(new URLSearchParams(Buffer.concat(chunks).toString()));
    state.idToken = await idToken(script.signsWithStranger ? stranger.privateKey : own.privateKey);
    return { access_token: 'at', token_type: 'Bearer', expires_in: 60, id_token: state.idToken };
  };
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    if (script.answer(path, response)) return;
    const send = (body: object): void => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (path === '/.well-known/openid-configuration') return send(metadataOf(state.issuer));
    if (path === '/jwks') return send(keys);
    if (path === '/token')
      return void answerToken(request).then(send, () => {
        response.writeHead(500).end();
      });
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  state.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer: state.issuer,
    script,
    forms,
    asked,
    lastIdToken: () => state.idToken,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function metadataOf(issuer: string): Record<string, unknown> {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    authorization_response_iss_parameter_supported: true,
  };
}
