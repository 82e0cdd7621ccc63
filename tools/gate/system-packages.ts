// Decides which programs of the system the tests need, and installs them where that is possible.
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { runCommand } from './command.ts';
import { PASSED } from './tally.ts';
import type { Outcome } from './tally.ts';

/** A program that some tests need, and Debian's name for what brings it. */
interface Need {
  packageName: string;
  isThere(): boolean;
}

const needs: readonly Need[] = [
  { packageName: 'chromium', isThere: () => isOnPath('chromium') || existsSync('/usr/bin/chromium') },
  { packageName: 'postgresql', isThere: hasPostgres },
  { packageName: 'prometheus', isThere: () => isOnPath('promtool') },
];

/**
 * Makes sure that Chromium, PostgreSQL and promtool are there. Installs them on Debian as root; elsewhere says what to install,
 * as a skip, or as a failure when `isCi`, because then the tests that need them would be skipped too.
 */
export async function provideSystemPackages(options: {
  cwd: string;
  isCi: boolean;
  logFile: string;
}): Promise<Outcome> {
  const missing = needs.filter((need) => !need.isThere()).map((need) => need.packageName);
  if (missing.length === 0) return PASSED;
  if (process.getuid?.() === 0 && isOnPath('apt-get')) {
    const script = `apt-get update -q && apt-get install -y -q --no-install-recommends ${missing.join(' ')}`;
    return runCommand({
      name: 'system packages',
      command: 'sh',
      args: ['-c', script],
      cwd: options.cwd,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      logFile: options.logFile,
    });
  }
  const advice = `not installed: ${missing.join(', ')}. On Debian: sudo apt-get install ${missing.join(' ')}`;
  return options.isCi
    ? { passed: 0, failed: 1, skipped: 0, failures: [`system packages ${advice}`], skips: [] }
    : { passed: 0, failed: 0, skipped: 1, failures: [], skips: [`system packages: ${advice}`] };
}

function isOnPath(program: string): boolean {
  return (process.env.PATH ?? '').split(path.delimiter).some((folder) => isExecutable(path.join(folder, program)));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    // Not there, or not ours to run: either way it cannot be used.
    return false;
  }
}

function hasPostgres(): boolean {
  const versions = '/usr/lib/postgresql';
  if (isOnPath('postgres')) return true;
  return (
    existsSync(versions) &&
    readdirSync(versions).some((name) => isExecutable(path.join(versions, name, 'bin/postgres')))
  );
}
