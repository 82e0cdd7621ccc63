// Decides how the end-to-end tests drive Debian's Chromium.
import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/**
 * Starts a headless browser; each test opens contexts of its own in it.
 *
 * @throws when no browser is installed, saying which package to install
 */
export async function startBrowser(): Promise<Browser> {
  const executablePath = process.env['PARLEY_CHROMIUM'] ?? CANDIDATES.find((path) => existsSync(path));
  if (executablePath === undefined) throw new Error('no Chromium found: install the package "chromium"');
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
