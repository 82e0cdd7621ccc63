// Decides the settings of sign-in providers: PARLEY_OIDC_<ID>_…, the id being whatever stands in the middle.
import type { ProviderConfig } from '@parley/api';
import { isLoopback, parseChoice } from './values.ts';
import type { Parsed, SettingProblem } from './values.ts';

const FORM =
  /^PARLEY_OIDC_([A-Z0-9]+(?:_[A-Z0-9]+)*?)_(ISSUER|CLIENT_ID|CLIENT_SECRET|CLIENT_SECRET_FILE|NAME|ALLOW_REGISTRATION|LINK_BY_EMAIL|SECOND_FACTOR|PRIVATE_ADDRESS)$/;
const MAX_PROVIDERS = 20;

/** Whether a variable is one of a provider's. */
export const isProviderSetting = (name: string): boolean => FORM.test(name);

/** Where provider settings are read. `text` reads a name, or the file that its `_FILE` names, and notes what is wrong. */
export interface ProviderSources {
  names: readonly string[];
  text: (name: string) => string | undefined;
  isDevelopment: boolean;
}

/** Reads every provider; what is wrong is added to `problems`. */
export function readProviders(sources: ProviderSources, problems: SettingProblem[]): ProviderConfig[] {
  const ids = new Set(sources.names.map((name) => FORM.exec(name)?.[1]).filter((id) => id !== undefined));
  if (ids.size > MAX_PROVIDERS)
    problems.push({ name: 'PARLEY_OIDC', message: `at most ${MAX_PROVIDERS} sign-in providers can be set up` });
  return [...ids].toSorted().flatMap((id) => readProvider(id, sources, problems) ?? []);
}

function readProvider(id: string, sources: ProviderSources, problems: SettingProblem[]): ProviderConfig | undefined {
  const nameOf = (part: string): string => `PARLEY_OIDC_${id}_${part}`;
  const read = <T>(part: string, fallback: string, parser: (text: string) => Parsed<T>): T | undefined => {
    const parsed = parser(sources.text(nameOf(part)) ?? fallback);
    if (parsed.ok) return parsed.value;
    problems.push({ name: nameOf(part), message: `${nameOf(part)} must be ${parsed.allowed}` });
    return undefined;
  };
  const onOrOff = (text: string): Parsed<'on' | 'off'> => parseChoice(text, ['on', 'off']);
  const isPrivate = read('PRIVATE_ADDRESS', 'off', onOrOff) === 'on';
  const issuer = read('ISSUER', '', (text) => parseIssuer(text, isPrivate || sources.isDevelopment));
  const clientId = read('CLIENT_ID', '', (text): Parsed<string> =>
    text === '' ? { ok: false, allowed: 'the id that the provider gave this server' } : { ok: true, value: text },
  );
  const clientSecret = sources.text(nameOf('CLIENT_SECRET'));
  const accounts = read('ALLOW_REGISTRATION', 'follow', (text) => parseChoice(text, ['follow', 'on', 'off']));
  const linksByEmail = read('LINK_BY_EMAIL', 'off', onOrOff) === 'on';
  const asksSecondFactor = read('SECOND_FACTOR', 'off', onOrOff) === 'on';
  if (issuer === undefined || clientId === undefined || accounts === undefined) return undefined;
  return {
    id: id.toLowerCase().replaceAll('_', '-'),
    name: sources.text(nameOf('NAME')) ?? new URL(issuer).hostname,
    issuer,
    clientId,
    ...(clientSecret === undefined ? {} : { clientSecret }),
    accounts,
    linksByEmail,
    asksSecondFactor,
    allowsPrivateAddress: isPrivate || sources.isDevelopment,
  };
}

/** An issuer is compared to the letter: it stays as it was written. */
function parseIssuer(text: string, allowsLoopback: boolean): Parsed<string> {
  const url = URL.parse(text);
  if (url !== null && url.username === '' && url.search === '' && url.hash === '') {
    if (url.protocol === 'https:') return { ok: true, value: text };
    if (url.protocol === 'http:' && isLoopback(url.hostname) && allowsLoopback) return { ok: true, value: text };
  }
  return { ok: false, allowed: 'an https:// address (http:// is for this machine in development only)' };
}
