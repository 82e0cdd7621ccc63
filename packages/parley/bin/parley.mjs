#!/usr/bin/env node
// Decides whether this Node can run Parley, before the first TypeScript file is loaded.
import * as nodeModule from 'node:module';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 24 || (major === 24 && minor < 15)) {
  process.stderr.write(
    `Parley needs Node 24.15 or later; this is ${process.versions.node}. In a clone, \`npm start\` brings its own.\n`,
  );
  process.exit(1);
}
// Without it a start compiles some hundred files again. A folder that cannot be written only costs that time.
nodeModule.enableCompileCache(fileURLToPath(new URL('../../../node_modules/.cache/compile', import.meta.url)));
const { main } = await import('../src/main.ts');
process.exitCode = await main(process.argv.slice(2));
