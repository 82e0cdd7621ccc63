// Decides how tests run a certified OpenID Connect provider on this machine, and sign in at its pages without a browser.
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';

/** A running provider. Everybody's address is `<login>@example.org`, verified, and told by the user-info endpoint. */
export interface RealProvider {
  issuer: string;
  close(): Promise<void>;
}

/** The one client of a provider; its callback is asked for with the first request, when everybody has a port. */
export interface KnownClient {
  id: string;
  secret: string;
  callback(): string;
}

/** Starts a provider that knows one client. */
export async function startRealProvider(client: KnownClient): Promise<RealProvider> {
  const holder: { issuer: string; listener?: RequestListener } = { issuer: '' };
  const server = createServer((request, response) => {
    holder.listener ??= new Provider(holder.issuer, configurationOf(client)).callback();
    holder.listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  holder.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer: holder.issuer,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function configurationOf(client: KnownClient): object {
  return {
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        redirect_uris: [client.callback()],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    cookies: { keys: ['for tests only'] },
    findAccount: (_context: unknown, login: string) => ({
      accountId: login,
      claims: () => ({ sub: login, email: `${login}@example.org`, email_verified: true, name: login }),
    }),
  };
}

/** The longest way through the provider's pages, in requests. */
const MAX_STEPS = 12;

/**
 * Signs in at the provider's pages and agrees to what they ask.
 *
 * @returns the address that the provider sends the browser back to
 */
export async function signInThere(page: URL, login: string): Promise<URL> {
  const jar = new Map<string, string>();
  const state = { url: page };
  for (let step = 0; step < MAX_STEPS; step++) {
    if (state.url.origin !== page.origin) return state.url;
    const isForm = state.url.pathname.startsWith('/interaction/');
    const answer = await visit(
      state.url,
      jar,
      isForm ? new URLSearchParams({ prompt: await promptOf(state.url, jar), login, password: 'any' }) : undefined,
    );
    const location = answer.headers.get('location');
    if (location === null) throw new Error(`${state.url.pathname}: ${answer.status} ${await answer.text()}`);
    state.url = new URL(location, state.url);
  }
  throw new Error('the provider sends from page to page');
}

async function promptOf(url: URL, jar: Map<string, string>): Promise<string> {
  const page = await (await visit(url, jar)).text();
  return /name="prompt" value="(\w+)"/.exec(page)?.[1] ?? '';
}

async function visit(url: URL, jar: Map<string, string>, form?: URLSearchParams): Promise<Response> {
  const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
  const answer = await fetch(url, {
    redirect: 'manual',
    headers: { cookie },
    ...(form === undefined ? {} : { method: 'POST', body: form }),
  });
  for (const set of answer.headers.getSetCookie()) {
    const [name = '', value = ''] = (set.split(';')[0] ?? '').split(/=(.*)/s);
    if (value === '') jar.delete(name);
    else jar.set(name, value);
  }
  return answer;
}
