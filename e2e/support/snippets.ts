// Decides how tests run what the documents tell people to type: blocks that are marked with a name.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { ROOT } from './command.ts';

/** The blocks of a document, by the name that stands behind `snippet=`, in their order. */
export async function readSnippets(file: string): Promise<Map<string, string>> {
  const text = await readFile(path.join(ROOT, file), 'utf8');
  const blocks = text.matchAll(/^```\w+ snippet=(\S+)\n(.*?)^```$/gms);
  return new Map([...blocks].map(([, name = '', body = '']) => [name, body]));
}

/** A folder inside of the repository, where snippets find the packages that they import; it goes away with the test. */
export async function makeSnippetFolder(context: TestContext): Promise<string> {
  const cache = path.join(ROOT, 'node_modules', '.cache', 'parley');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(path.join(cache, 'snippets-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A program that runs until the test ends. */
export interface RunningSnippet {
  /** The next line of its output; undefined when it has ended. */
  nextLine(): Promise<string | undefined>;
}

/** Starts a program with its words in a folder; it is killed with everything that it started. */
export function runSnippet(
  context: TestContext,
  words: readonly [string, ...string[]],
  options: { folder: string; environment: NodeJS.ProcessEnv },
): RunningSnippet {
  const [command, ...rest] = words;
  const child = spawn(command, rest, {
    cwd: options.folder,
    env: options.environment,
    stdio: ['ignore', 'pipe', 'inherit'],
    // A group of its own, so that what a shell started ends with it.
    detached: true,
  });
  context.after(() => {
    const { pid } = child;
    if (pid !== undefined && child.exitCode === null && child.signalCode === null) process.kill(-pid, 'SIGKILL');
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { nextLine: async () => (await lines.next()).value as string | undefined };
}

/** Fails if a link of a document leads nowhere in the repository. */
export async function assertLinks(file: string): Promise<void> {
  const text = await readFile(path.join(ROOT, file), 'utf8');
  const targets = [...text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, target = '']) => target);
  assert.ok(targets.length > 5);
  assert.deepEqual(
    targets.filter((target) => !existsSync(path.join(ROOT, path.dirname(file), target))),
    [],
  );
}
