// Decides who has the key of the server API.
import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Makes the function that says whether a request shows the key. Digests are compared, so that neither time nor length tells of it. */
export function createKeyCheck(key: string): (request: IncomingMessage) => boolean {
  const expected = digest(key);
  return (request) => {
    const presented = presentedKey(request);
    return key !== '' && presented !== undefined && timingSafeEqual(digest(presented), expected);
  };
}

function presentedKey({ headers }: IncomingMessage): string | undefined {
  const own = headers['x-api-key'];
  if (typeof own === 'string') return own;
  return /^apikey (.+)$/i.exec(headers.authorization ?? '')?.[1];
}

function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
