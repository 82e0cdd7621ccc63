// Runs every benchmark of bench/ one after another, or those whose name contains a given word, and prints one table: npm run bench [-- word …] [--json].
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { Figure } from '../bench/harness/report.ts';

const root = path.dirname(import.meta.dirname);
const words = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const isJson = process.argv.includes('--json');
const files = readdirSync(path.join(root, 'bench'))
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
  .toSorted();

/** The figures of one benchmark; its other output, such as an error, goes to the terminal as it comes. */
async function run(name: string): Promise<{ figures: Figure[]; isPassed: boolean }> {
  const child = spawn(process.execPath, [path.join(root, 'bench', name), '--json'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => void (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  const lines = output.split('\n').filter((line) => line.startsWith('{'));
  if (isJson) for (const line of lines) console.log(line);
  return { figures: lines.map((line) => JSON.parse(line) as Figure), isPassed: code === 0 };
}

if (files.length === 0) console.error(`no benchmark in bench/ is named like ${words.join(', ')}`);
const table: Figure[] = [];
const failed: string[] = [];
for (const name of files) {
  if (!isJson) console.error(`${name} …`);
  const { figures, isPassed } = await run(name);
  table.push(...figures);
  if (!isPassed) failed.push(name);
}
if (!isJson && table.length > 0) console.table(table, ['name', 'unit', 'value', 'floor', 'ratio', 'target', 'pass']);
if (failed.length > 0) console.error(`a target was missed, or nothing could be measured: ${failed.join(', ')}`);
process.exitCode = failed.length > 0 || files.length === 0 ? 1 : 0;
