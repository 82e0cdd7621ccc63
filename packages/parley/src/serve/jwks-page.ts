// Decides what others are told of our keys: /.well-known/jwks.json, with public keys only.
import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { publicJwks, tokenRings } from '@parley/tokens';
import type { Keyrings } from '@parley/tokens';
import type { Page } from '../gateway/pages.ts';

const path = '/.well-known/jwks.json';

/**
 * Makes the page. It follows the rings; with symmetric keys only the set is empty. Others may keep it for five minutes,
 * which is why a new key is known for longer than that before it signs.
 */
export function createJwksPage(rings: Keyrings): Page {
  return {
    handle(request, response) {
      if (request.method !== 'GET' && request.method !== 'HEAD') return false;
      if ((request.url ?? '').replace(/[?#].*$/s, '') !== path) return false;
      const body = JSON.stringify({ keys: tokenRings.flatMap((kind) => publicJwks(rings[kind]).keys) });
      const etag = `"${createHash('sha256').update(body).digest('base64url')}"`;
      const headers = {
        'cache-control': 'public, max-age=300',
        etag,
        'access-control-allow-origin': '*',
        'x-content-type-options': 'nosniff',
      };
      if (matches(request.headers['if-none-match'], etag)) response.writeHead(304, headers).end();
      else answer(response, { headers, body, isHead: request.method === 'HEAD' });
      return true;
    },
  };
}

function answer(
  response: ServerResponse,
  { headers, body, isHead }: { headers: Record<string, string>; body: string; isHead: boolean },
): void {
  const length = Buffer.byteLength(body);
  response.writeHead(200, { ...headers, 'content-type': 'application/jwk-set+json', 'content-length': length });
  response.end(isHead ? undefined : body);
}

/** RFC 9110, 13.1.2: a list of tags, compared weakly, or `*`. */
function matches(condition: string | undefined, etag: string): boolean {
  const tags = (condition ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag) || tags.includes('*');
}
