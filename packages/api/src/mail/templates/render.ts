// Decides the two forms of a mail: plain text, and HTML that loads nothing from anywhere.
import type { MailContent, MailTemplate } from '../ports.ts';
import { TEXTS, type MailText } from './texts.ts';

/** A mail as it is sent. */
export interface RenderedMail {
  subject: string;
  text: string;
  html: string;
}

/**
 * Renders a mail.
 *
 * @param site the name of the installation, as people know it
 */
export function renderMail(content: MailContent, site: string): RenderedMail {
  const words = wordsOf(content, site);
  return { subject: words.subject, text: textOf(words, site), html: htmlOf(words, site) };
}

/** Whether there is such a template: a row may be older than the program. */
export function isTemplate(name: string): name is MailTemplate {
  return Object.hasOwn(TEXTS, name);
}

function wordsOf<T extends MailTemplate>(content: MailContent & { template: T }, site: string): MailText {
  // The union holds for each member that template and data belong together; indexed access does not see it.
  const write = TEXTS[content.template] as unknown as (data: MailContent['data'], site: string) => MailText;
  return write(content.data, site);
}

const footer = (site: string): string => `${site} sends this because it concerns the safety of your account.`;

function textOf({ before, link, after }: MailText, site: string): string {
  const parts = [...before, ...(link === undefined ? [] : [`${link.label}:\n${link.url}`]), ...after];
  return `${parts.join('\n\n')}\n\n-- \n${footer(site)}\n`;
}

function htmlOf({ subject, before, link, after }: MailText, site: string): string {
  const paragraph = (text: string): string => `<p>${escape(text)}</p>`;
  const button =
    link === undefined
      ? []
      : [`<p><a href="${escape(link.url)}">${escape(link.label)}</a><br><small>${escape(link.url)}</small></p>`];
  return [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escape(subject)}</title></head><body>`,
    ...before.map(paragraph),
    ...button,
    ...after.map(paragraph),
    `<hr><p><small>${escape(footer(site))}</small></p></body></html>`,
  ].join('\n');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
