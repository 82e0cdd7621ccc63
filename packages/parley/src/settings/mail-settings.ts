// Decides how a mail server is named in the settings, and which ones are refused.
import type { SmtpSettings } from '@parley/api';
import { isLoopback } from './values.ts';
import type { Parsed } from './values.ts';

type Server = Omit<SmtpSettings, 'from'>;

const ALLOWED =
  'an address such as smtp://user:password@mail.example.org:587 (STARTTLS) or smtps://… (TLS), without path and query';

/** Reads the address of a mail server. Only one of this machine may be spoken to without encryption. */
export function parseSmtpUrl(text: string): Parsed<Server> {
  const url = URL.parse(text);
  const isPlain = url !== null && ['', '/'].includes(url.pathname) && url.search === '' && url.hash === '';
  if (url === null || !isPlain || !/^smtps?:$/.test(url.protocol) || url.hostname === '') {
    return { ok: false, allowed: ALLOWED };
  }
  const isImplicitTls = url.protocol === 'smtps:';
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const credentials = credentialsOf(url);
  if (credentials === undefined) return { ok: false, allowed: ALLOWED };
  const port = url.port === '' ? (isImplicitTls ? 465 : 587) : Number(url.port);
  return { ok: true, value: { host, port, isImplicitTls, isPlainAllowed: isLoopback(host), ...credentials } };
}

/** @returns undefined when the percent signs of a name or a password are not those of an encoding */
function credentialsOf(url: URL): Pick<Server, 'user' | 'password'> | undefined {
  if (url.username === '') return url.password === '' ? {} : undefined;
  try {
    return { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
  } catch {
    return undefined;
  }
}

/** Reads a sender: an address, or a name with the address in angle brackets. */
export function parseSender(text: string): Parsed<string> {
  const isSender = /^(?:[^<>\r\n",;:@]{1,80} <([^\s<>@,;"]+@[^\s<>@,;"]+)>|[^\s<>@,;"]+@[^\s<>@,;"]+)$/.test(text);
  return isSender && text.length <= 254
    ? { ok: true, value: text }
    : { ok: false, allowed: 'an address such as parley@example.org, or Name <parley@example.org>' };
}
