// Runs all fuzz tests at length, one file after another: npm run fuzz [-- --frames 1000000].
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { frames: { type: 'string', default: '1000000' } } });
const frames = Number(values.frames);
if (!Number.isInteger(frames) || frames < 1) {
  process.stderr.write(`--frames has to be a whole number above 0, not "${values.frames}"\n`);
  process.exit(2);
}

const root = path.resolve(import.meta.dirname, '../..');
const files = [
  'packages/protocol/src/json-codec.test.ts',
  'packages/protocol/src/protobuf-codec.test.ts',
  'packages/tokens/src/fuzz.test.ts',
  'e2e/abuse/fuzz-frames.test.ts',
  'e2e/abuse/fuzz-requests.test.ts',
  'e2e/abuse/fuzz-commands.test.ts',
].map((file) => path.join(root, file));

const { status } = spawnSync(process.execPath, ['--test', '--test-concurrency=1', ...files], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, PARLEY_FUZZ_RUNS: String(frames) },
});
process.exitCode = status ?? 1;
