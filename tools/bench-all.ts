// Runs every benchmark of bench/ one after another, or those whose name contains a given word: npm run bench [-- word …] [--json].
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import path from 'node:path';

const root = path.dirname(import.meta.dirname);
const words = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const flags = process.argv.slice(2).filter((argument) => argument.startsWith('-'));
const files = readdirSync(path.join(root, 'bench'))
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
  .toSorted();

if (files.length === 0) console.error(`no benchmark in bench/ is named like ${words.join(', ')}`);
let failed = files.length === 0 ? 1 : 0;
for (const name of files) {
  if (!flags.includes('--json')) console.log(`\n${name}`);
  const child = spawn(process.execPath, [path.join(root, 'bench', name), ...flags], { cwd: root, stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) failed += 1;
}
process.exitCode = failed === 0 ? 0 : 1;
