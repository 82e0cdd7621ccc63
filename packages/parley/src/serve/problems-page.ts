// Decides the page that the `type` of every problem leads to: /docs/problems.
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { PROBLEMS, PROBLEM_CODES } from '@parley/contract';
import { EXPLANATIONS } from '../problems/explanations.ts';

/** Answers `/docs/problems`. */
export interface ProblemsPage {
  /** Answers and returns true, or returns false for another path. */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
}

const style =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}' +
  'code{font-size:.95em}h2{margin:2rem 0 0}h2:target{text-decoration:underline}';

/** Makes the page, once. */
export function createProblemsPage(): ProblemsPage {
  const body = Buffer.from(render());
  const styleHash = createHash('sha256').update(style).digest('base64');
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-length': body.length,
    'cache-control': 'public, max-age=300',
    'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; frame-ancestors 'none'`,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  };
  return {
    handle(request, response) {
      if (request.method !== 'GET' && request.method !== 'HEAD') return false;
      if ((request.url ?? '').replace(/[?#].*$/s, '') !== '/docs/problems') return false;
      response.writeHead(200, headers).end(request.method === 'HEAD' ? undefined : body);
      return true;
    },
  };
}

function render(): string {
  const entries = PROBLEM_CODES.map((code) => {
    const { status, title } = PROBLEMS[code];
    const { cause, fix } = EXPLANATIONS[code];
    return `<h2 id="${code}"><code>${code}</code></h2><p>${status} · ${escape(title)}</p><p>${escape(cause)}</p><p><b>What to do:</b> ${escape(fix)}</p>`;
  });
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Problems · Parley</title><style>${style}</style><h1>Problems</h1>${entries.join('\n')}</html>\n`;
}

function escape(text: string): string {
  const plain = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return plain.replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}
