// Decides where the tests find PostgreSQL: a given server, or a private one in a temporary folder.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const DEBIAN_VERSIONS = '/usr/lib/postgresql';
const START_DEADLINE_MS = 30_000;

/** A server for tests, or why there is none. */
export type TestPostgres = { ok: true; url: string; stop(): Promise<void> } | { ok: false; reason: string };

/**
 * Uses the server of `PARLEY_TEST_POSTGRES_URL`, or starts one that listens on a Unix socket in a temporary folder
 * and ends with this process, however that ends. It never flushes.
 */
export async function startTestPostgres(environment: NodeJS.ProcessEnv): Promise<TestPostgres> {
  const given = environment['PARLEY_TEST_POSTGRES_URL'];
  if (given !== undefined && given !== '') return { ok: true, url: given, stop: () => Promise.resolve() };
  const binaries = findBinaries();
  if (binaries === undefined) {
    return { ok: false, reason: `no PostgreSQL in ${DEBIAN_VERSIONS}: install the package postgresql` };
  }
  const owner = findOwner();
  if (owner === 'missing')
    return { ok: false, reason: 'PostgreSQL refuses to run as root, and there is no user postgres' };
  return startCluster(binaries, owner);
}

type Owner = { uid: number; gid: number } | 'self';

function findBinaries(): string | undefined {
  if (!existsSync(DEBIAN_VERSIONS)) return undefined;
  const versions = readdirSync(DEBIAN_VERSIONS).toSorted((a, b) => Number(b) - Number(a));
  const newest = versions.find((version) => existsSync(join(DEBIAN_VERSIONS, version, 'bin', 'initdb')));
  return newest === undefined ? undefined : join(DEBIAN_VERSIONS, newest, 'bin');
}

function findOwner(): Owner | 'missing' {
  if (process.getuid?.() !== 0) return 'self';
  const [uid, gid] = ['-u', '-g'].map((flag) => spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  if (uid?.status !== 0 || gid?.status !== 0) return 'missing';
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

async function startCluster(binaries: string, owner: Owner): Promise<TestPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-postgres-'));
  const data = join(folder, 'data');
  const identity = owner === 'self' ? {} : owner;
  if (owner !== 'self') chownSync(folder, owner.uid, owner.gid);
  const init = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
  const made = spawnSync(join(binaries, 'initdb'), init, { ...identity, cwd: folder, encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  const settings = [
    'listen_addresses=',
    'fsync=off',
    'full_page_writes=off',
    'max_connections=60',
    'shared_buffers=32MB',
  ];
  const server = [
    join(binaries, 'postgres'),
    '-D',
    data,
    '-k',
    folder,
    ...settings.flatMap((setting) => ['-c', setting]),
  ];
  // The shell outlives a killed test process just long enough to see its input end and stop the server.
  const script = '"$@" & pid=$!; cat > /dev/null; kill -INT $pid; wait $pid';
  const shell = spawn('sh', ['-c', script, 'sh', ...server], {
    ...identity,
    cwd: folder,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  await readyToAccept(shell);
  return {
    ok: true,
    url: `postgres:///postgres?host=${encodeURIComponent(folder)}&user=postgres`,
    async stop() {
      shell.ref();
      const ended = once(shell, 'exit');
      shell.stdin?.end();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function readyToAccept(shell: ChildProcess): Promise<void> {
  if (shell.stderr === null) throw new TypeError('The server was started without a pipe for its log.');
  const deadline = setTimeout(() => shell.stderr?.destroy(), START_DEADLINE_MS);
  const lines: string[] = [];
  for await (const line of createInterface(shell.stderr)) {
    if (line.includes('ready to accept connections')) {
      clearTimeout(deadline);
      shell.stderr.resume();
      // The test runner ends when nothing is left to wait for; a server at rest must not count.
      shell.unref();
      return;
    }
    lines.push(line);
  }
  clearTimeout(deadline);
  throw new Error(`PostgreSQL did not start: ${lines.slice(-10).join('\n')}`);
}
