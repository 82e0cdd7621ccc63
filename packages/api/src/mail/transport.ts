// Decides how a mail server is spoken to: one connection a mail, encrypted unless it is this machine, within bounds.
import type { Transporter } from 'nodemailer';
import type SMTPTransport from 'nodemailer/lib/smtp-transport';
import { safeText } from '../http/log.ts';
import type { RenderedMail } from './templates/render.ts';

/** How a mail server is reached. The password is in no error and no log. */
export interface SmtpSettings {
  host: string;
  port: number;
  /** TLS from the first byte; otherwise STARTTLS. */
  isImplicitTls: boolean;
  /** Whether an unencrypted connection will do: to this machine only. */
  isPlainAllowed: boolean;
  user?: string;
  password?: string;
  /** The sender, `parley@example.org` or `Name <parley@example.org>`. */
  from: string;
}

/** A mail to be handed to a server. `messageId` is the same at every try, so that doubles can be seen. */
export interface OutgoingMail extends RenderedMail {
  to: string;
  messageId: string;
}

/** What became of a mail. `isFinal`: the server will never take it. `reason` is for administrators. */
export type Sent = { ok: true } | { ok: false; isFinal: boolean; reason: string };

/** A mail server. */
export interface MailTransport {
  send(mail: OutgoingMail): Promise<Sent>;
  /** Connects and signs in, as for a mail; resolves with why it does not work. */
  check(): Promise<Sent>;
}

/** How long each step of a conversation may take, in milliseconds. */
export interface SmtpTimeouts {
  connect: number;
  greeting: number;
  silence: number;
}

const TIMEOUTS: SmtpTimeouts = { connect: 10_000, greeting: 10_000, silence: 20_000 };

/**
 * Makes the transport; nothing is connected yet.
 *
 * @param timeouts only tests give others
 */
export function createSmtpTransport(settings: SmtpSettings, timeouts: SmtpTimeouts = TIMEOUTS): MailTransport {
  // Loaded with the first mail: a server without a mail server never needs it.
  const held: { transporter?: Promise<Transporter> } = {};
  const open = (): Promise<Transporter> => (held.transporter ??= openTransporter(optionsOf(settings, timeouts)));
  return {
    send: (mail) => attempt(async () => (await open()).sendMail(messageOf(mail, settings.from))),
    check: () => attempt(async () => (await open()).verify()),
  };
}

async function openTransporter(options: SMTPTransport.Options): Promise<Transporter> {
  const { createTransport } = await import('nodemailer');
  return createTransport(options);
}

function optionsOf(settings: SmtpSettings, timeouts: SmtpTimeouts): SMTPTransport.Options {
  const { host, port, isImplicitTls, isPlainAllowed, user, password = '' } = settings;
  return {
    host,
    port,
    secure: isImplicitTls,
    requireTLS: !isPlainAllowed,
    tls: { minVersion: 'TLSv1.2' },
    ...(user === undefined ? {} : { auth: { user, pass: password } }),
    connectionTimeout: timeouts.connect,
    greetingTimeout: timeouts.greeting,
    socketTimeout: timeouts.silence,
    // What is sent is made here; nothing is read from files or fetched.
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function messageOf(mail: OutgoingMail, from: string): Parameters<Transporter['sendMail']>[0] {
  const { to, subject, text, html, messageId } = mail;
  return {
    from,
    // As an object the address is not read as a list.
    to: { name: '', address: to },
    subject,
    text,
    html,
    messageId,
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
  };
}

async function attempt(work: () => Promise<unknown>): Promise<Sent> {
  try {
    await work();
    return { ok: true };
  } catch (error) {
    return { ok: false, ...refusalOf(error) };
  }
}

/** A 5xx about this mail is final; one about our sign-in, and everything else, may be mended. */
function refusalOf(error: unknown): { isFinal: boolean; reason: string } {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  const response = error instanceof Error && 'responseCode' in error ? Number(error.responseCode) : 0;
  const said = error instanceof Error && 'response' in error ? ` ${safeText(String(error.response))}` : '';
  const isAboutMail = code === 'EENVELOPE' || code === 'EMESSAGE';
  return { isFinal: isAboutMail && response >= 500, reason: `${code}${said}`.slice(0, 200) };
}
