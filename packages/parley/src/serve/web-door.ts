// Decides how the built page is served: which paths are the page's, what is cached for how long, what a browser may run.
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** Answers requests for the page. */
export interface WebDoor {
  /** Answers and returns true, or returns false when the path is not the page's. */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
}

/** How the page is served. `realtimeUrl` is the only address besides its own that the page may connect to. */
export interface WebDoorOptions {
  folder: string;
  realtimeUrl: string;
  isHttps: boolean;
}

/** One built file in memory; `zipped` is made at the first request for it. */
interface Asset {
  body: Buffer;
  type: string;
  etag: string;
  cacheControl: string;
  zipped?: Promise<Buffer>;
}

const gzipAsync = promisify(gzip);
const smallestZipped = 1_024;
const maxTotalBytes = 64 * 1024 * 1024;

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
  '.map': 'application/json',
};

// The routes of the page's own `app.tsx`.
const pagePaths =
  /^\/(?:setup|join|sign-in|register|forgot|reset|confirm|not-me|(?:account|admin)(?:\/[a-z-]+)?|rooms\/[^/]+)?\/?$/;
// Paths of the servers behind the same address: what they do not know, they refuse in their own words.
const serverPaths = /^\/(v1|api|connection|emulation|docs|ws)(\/|$)/;

/**
 * Reads the built page into memory.
 *
 * @throws Error that says what to do when the page is not built
 */
export async function createWebDoor(options: WebDoorOptions): Promise<WebDoor> {
  const assets = await readAssets(options.folder);
  const page = assets.get('/index.html');
  if (page === undefined) {
    throw new Error(`the page is not built (no index.html in ${options.folder}); run \`npm run setup\` once`);
  }
  const headers = securityHeaders(options);
  return {
    handle(request, response) {
      if (request.method !== 'GET' && request.method !== 'HEAD') return false;
      const pathname = (request.url ?? '/').replace(/[?#].*$/s, '');
      const asset = assets.get(pathname) ?? (pagePaths.test(pathname) ? page : undefined);
      if (asset === undefined && !isLostPerson(pathname, request)) return false;
      response.setHeaders(headers);
      // Somebody who followed a broken link gets the page too: it says so, and leads back.
      if (asset === undefined) response.statusCode = 404;
      send(asset ?? page, request, response);
      return true;
    },
  };
}

function isLostPerson(pathname: string, { headers }: IncomingMessage): boolean {
  return !serverPaths.test(pathname) && !/\.[^/]*$/.test(pathname) && (headers.accept ?? '').includes('text/html');
}

async function readAssets(folder: string): Promise<Map<string, Asset>> {
  const assets = new Map<string, Asset>();
  let total = 0;
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(noEntriesIfMissing);
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const body = await readFile(file);
    total += body.length;
    if (total > maxTotalBytes) throw new Error(`the built page is larger than ${maxTotalBytes} bytes`);
    const name = `/${path.relative(folder, file).split(path.sep).join('/')}`;
    assets.set(name, {
      body,
      type: types[path.extname(name)] ?? 'application/octet-stream',
      etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
      // The build puts a hash of the content into the names of its assets: such a name never changes its content.
      cacheControl: name.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
    });
  }
  return assets;
}

function noEntriesIfMissing(error: NodeJS.ErrnoException): [] {
  if (error.code !== 'ENOENT') throw error;
  return [];
}

function securityHeaders({ realtimeUrl, isHttps }: WebDoorOptions): Map<string, string> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "manifest-src 'self'",
    `connect-src 'self' ${new URL(realtimeUrl).origin}`,
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ];
  return new Map([
    ['content-security-policy', policy.join('; ')],
    ['x-content-type-options', 'nosniff'],
    // The set-up and invitation links carry their secret in the fragment, which no header shows; the path need not go out either.
    ['referrer-policy', 'no-referrer'],
    ['x-frame-options', 'DENY'],
    ['cross-origin-opener-policy', 'same-origin'],
    ['cross-origin-resource-policy', 'same-origin'],
    ['permissions-policy', 'camera=(), microphone=(), geolocation=(), payment=(), usb=()'],
    ...(isHttps ? ([['strict-transport-security', 'max-age=31536000']] as const) : []),
  ]);
}

function send(asset: Asset, request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('cache-control', asset.cacheControl);
  response.setHeader('etag', asset.etag);
  response.setHeader('vary', 'accept-encoding');
  if (response.statusCode === 200 && request.headers['if-none-match'] === asset.etag) {
    response.writeHead(304).end();
    return;
  }
  response.setHeader('content-type', asset.type);
  const finish = (body: Buffer): void => {
    response.setHeader('content-length', body.length);
    response.end(request.method === 'HEAD' ? undefined : body);
  };
  if (!mayZip(asset, request)) {
    finish(asset.body);
    return;
  }
  asset.zipped ??= gzipAsync(asset.body);
  asset.zipped.then(
    (zipped) => {
      response.setHeader('content-encoding', 'gzip');
      finish(zipped);
    },
    () => finish(asset.body),
  );
}

function mayZip(asset: Asset, request: IncomingMessage): boolean {
  if (asset.body.length < smallestZipped || !/^(text|application|image\/svg)/.test(asset.type)) return false;
  return /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(String(request.headers['accept-encoding'] ?? ''));
}
