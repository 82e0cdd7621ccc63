// Decides how tests play the browser of a visit: it keeps the cookie, goes to the provider, and comes back.
import type { ProviderConfig } from '../../../config.ts';
import type { House, Person } from '../../testing/house.ts';

/** A provider as the settings would have it. */
export function providerOf(issuer: string, changes: Partial<ProviderConfig> = {}): ProviderConfig {
  return {
    id: 'acme',
    name: 'Acme',
    issuer,
    clientId: 'parley',
    clientSecret: 'a-secret-of-the-client',
    accounts: 'follow',
    linksByEmail: false,
    asksSecondFactor: false,
    allowsPrivateAddress: true,
    ...changes,
  };
}

/** A browser that has been sent to the provider. */
export interface Away {
  url: URL;
  cookie: string;
}

/** Begins a visit to sign in, or to link if there is a person. */
export async function leave(
  house: House,
  as: { person?: Person; invitation?: string; id?: string } = {},
): Promise<Away> {
  const { person, invitation, id = 'acme' } = as;
  const body = invitation === undefined ? {} : { invitation };
  const answer =
    person === undefined
      ? await house.post(`/v1/auth/providers/${id}/start`, body)
      : await house.post(`/v1/me/providers/${id}/start`, {}, person.bearer);
  if (answer.statusCode !== 200) throw new Error(answer.body);
  const cookie = String(answer.headers['set-cookie']).split(';')[0] ?? '';
  return { url: new URL(answer.json<{ url: string }>().url), cookie };
}

/** Where a browser ends, and what it was given. */
export interface Arrived {
  status: number;
  location: string;
  cookies: string[];
}

/** Comes back with the query that a good provider gives, and with whatever the test changes in it. */
export async function comeBack(
  house: House,
  away: Away,
  changes: { query?: Record<string, string | undefined>; cookie?: string | undefined; id?: string } = {},
): Promise<Arrived> {
  const { url } = away;
  const good = { code: 'c', state: url.searchParams.get('state') ?? '', iss: url.origin };
  const entries = Object.entries({ ...good, ...changes.query }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as [string, string]],
  );
  const cookie = 'cookie' in changes ? changes.cookie : away.cookie;
  const answer = await house.app.inject({
    url: `/v1/auth/providers/${changes.id ?? 'acme'}/callback?${new URLSearchParams(entries).toString()}`,
    headers: cookie === undefined ? {} : { cookie },
  });
  const set = answer.headers['set-cookie'];
  return {
    status: answer.statusCode,
    location: String(answer.headers.location),
    cookies: set === undefined ? [] : [set].flat(),
  };
}
