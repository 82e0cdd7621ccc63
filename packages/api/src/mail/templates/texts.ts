// Decides the words of every mail, in English: one entry a template.
import type { MailContent, MailTemplate } from '../ports.ts';

/** A mail in parts; the forms that people see are made from it. */
export interface MailText {
  subject: string;
  /** What it is about, one paragraph each. */
  before: readonly string[];
  /** What to press. */
  link?: { label: string; url: string };
  /** How long the link lives, and what to do if it was not you. */
  after: readonly string[];
}

type DataOf<T extends MailTemplate> = Extract<MailContent, { template: T }>['data'];

const NOT_ASKED = 'If you did not ask for this, you need not do anything: nothing changes without the link.';
const WAS_NOT_YOU =
  'If this was not you, press the link: it ends every session of your account and keeps others out until you have ' +
  'set a new password.';
const times = (count: number, one: string, many: string): string => (count === 1 ? `1 ${one}` : `${count} ${many}`);
const life = (count: number, one: string, many: string): string =>
  `The link is good once, for ${times(count, one, many)}.`;
const notMe = (url: string): NonNullable<MailText['link']> => ({ label: 'This was not me', url });

/** The words of each template; `site` is the name of the installation. */
export const TEXTS: { [T in MailTemplate]: (data: DataOf<T>, site: string) => MailText } = {
  password_reset: ({ name, url, minutes }, site) => ({
    subject: `Set a new password for ${site}`,
    before: [`Hello ${name},`, `somebody, probably you, asked for a new password for your account at ${site}.`],
    link: { label: 'Set a new password', url },
    after: [life(minutes, 'minute', 'minutes'), NOT_ASKED],
  }),
  password_changed: ({ name, url, apiKeys }, site) => ({
    subject: `Your password for ${site} was changed`,
    before: [
      `Hello ${name},`,
      `the password of your account at ${site} was changed, and all other sessions have ended.`,
      ...(apiKeys === 0 ? [] : [`Still good: ${times(apiKeys, 'API key', 'API keys')}. Revoke what you do not know.`]),
    ],
    link: notMe(url),
    after: [WAS_NOT_YOU],
  }),
  email_verify: ({ name, url, hours }, site) => ({
    subject: `Confirm your e-mail address for ${site}`,
    before: [`Hello ${name},`, `confirm that this address belongs to your account at ${site}.`],
    link: { label: 'Confirm this address', url },
    after: [life(hours, 'hour', 'hours'), NOT_ASKED],
  }),
  email_change_confirm: ({ name, url, hours }, site) => ({
    subject: `Confirm your new e-mail address for ${site}`,
    before: [`Hello ${name},`, `confirm that your account at ${site} shall use this address from now on.`],
    link: { label: 'Use this address', url },
    after: [life(hours, 'hour', 'hours'), NOT_ASKED],
  }),
  email_change_release: ({ name, newEmail, url, hours }, site) => ({
    subject: `Give up this e-mail address for ${site}`,
    before: [
      `Hello ${name},`,
      `confirm that your account at ${site} shall use ${newEmail} instead of this address. ` +
        'The link that was sent to the new address has to be opened as well.',
    ],
    link: { label: 'Use the new address', url },
    after: [life(hours, 'hour', 'hours'), NOT_ASKED],
  }),
  email_change_notice: ({ name, newEmail, url }, site) => ({
    subject: `Your e-mail address for ${site} is about to change`,
    before: [`Hello ${name},`, `somebody signed in as you asked that your account at ${site} shall use ${newEmail}.`],
    link: notMe(url),
    after: [WAS_NOT_YOU],
  }),
  account_exists: ({ name, signInUrl, resetUrl }, site) => ({
    subject: `You have an account at ${site} already`,
    before: [
      `Hello ${name},`,
      `somebody, probably you, tried to make an account at ${site} with this address, which has one already.`,
    ],
    link: { label: 'Sign in', url: signInUrl },
    after: [
      `If you forgot the password: ${resetUrl}`,
      'If it was not you, you need not do anything: they were told nothing.',
    ],
  }),
  session_reuse: ({ name, device, url }, site) => ({
    subject: `A session at ${site} was ended for your safety`,
    before: [
      `Hello ${name},`,
      `the key of one of your sessions at ${site} (${device}) was used twice. Somebody may have copied it, so the ` +
        'session was ended. Sign in again to go on.',
    ],
    link: notMe(url),
    after: [WAS_NOT_YOU],
  }),
  lockout: ({ name, url }, site) => ({
    subject: `Many failed sign-ins to your account at ${site}`,
    before: [
      `Hello ${name},`,
      `somebody tries passwords for your account at ${site}. Your own devices and sessions go on as before.`,
    ],
    link: notMe(url),
    after: [WAS_NOT_YOU],
  }),
  new_device: ({ name, device, source, url }, site) => ({
    subject: `New sign-in to ${site}`,
    before: [`Hello ${name},`, `your account at ${site} was used on a new device: ${device}, from ${source}.`],
    link: notMe(url),
    after: [WAS_NOT_YOU],
  }),
  factor_changed: ({ name, change, url }, site) => ({
    subject: `The sign-in of your account at ${site} was changed`,
    before: [`Hello ${name},`, `the ways to sign in to your account at ${site} were changed.`, change],
    link: notMe(url),
    after: [WAS_NOT_YOU],
  }),
  role_changed: ({ name, role }, site) => ({
    subject: `Your role at ${site} is ${role} now`,
    before: [`Hello ${name},`, `an administrator gave you the role ${role} at ${site}. Sign in again to use it.`],
    after: [],
  }),
  api_key_created: ({ name, keyName, url }, site) => ({
    subject: `A new API key of your account at ${site}`,
    before: [`Hello ${name},`, `the API key "${keyName}" was made for your account at ${site}.`],
    link: notMe(url),
    after: [WAS_NOT_YOU, 'Then revoke the key in your account: it works until you do.'],
  }),
};
