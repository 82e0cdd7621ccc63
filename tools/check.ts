// Runs one of the checks on this repository and prints what it finds: node tools/check.ts imports|exports|sizes|secrets.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { checkExports } from './checks/exports.ts';
import { checkImports } from './checks/imports.ts';
import type { Manifest } from './checks/imports.ts';
import { checkSecrets } from './checks/secrets.ts';
import { EXEMPTIONS, checkSizes } from './checks/size.ts';
import { listFiles, parseSource, readSources } from './checks/source.ts';
import type { Finding } from './checks/source.ts';

const root = path.dirname(import.meta.dirname);
const parseAll = () => readSources(root).map((source) => parseSource(source));

const checks: Record<string, () => Finding[]> = {
  imports: () => checkImports(parseAll(), readManifests()),
  exports: () => checkExports(parseAll()),
  sizes: () => checkSizes(parseAll(), EXEMPTIONS),
  secrets: () => checkSecrets(readTexts()),
};

function readManifests(): Map<string, Manifest> {
  const manifests = new Map<string, Manifest>();
  for (const file of listFiles(root, ['package.json', 'packages'], (name) => path.basename(name) === 'package.json')) {
    const raw: unknown = JSON.parse(readFileSync(path.join(root, file), 'utf8'));
    const namesIn = (field: string): string[] => {
      const value: unknown = typeof raw === 'object' && raw !== null ? Reflect.get(raw, field) : undefined;
      return typeof value === 'object' && value !== null ? Object.keys(value) : [];
    };
    manifests.set(/^packages\/([\w-]+)\//.exec(file)?.[1] ?? '', {
      dependencies: [...namesIn('dependencies'), ...namesIn('peerDependencies')],
      devDependencies: namesIn('devDependencies'),
    });
  }
  return manifests;
}

function readTexts(): { path: string; text: string }[] {
  const isText = (file: string): boolean => !/\.(png|ico|woff2?|svg|gz|br|db|sqlite3?)$/.test(file) && file !== '.git';
  return listFiles(root, ['.'], isText).map((file) => ({
    path: file,
    text: readFileSync(path.join(root, file), 'utf8'),
  }));
}

function run(name: string): number {
  const check = checks[name];
  if (check === undefined) {
    console.error(`usage: node tools/check.ts ${Object.keys(checks).join(' | ')}`);
    return 2;
  }
  const findings = check();
  for (const finding of findings) console.error(`${finding.path}:${finding.line}  ${finding.message}`);
  if (findings.length > 0) console.error(`${findings.length} findings`);
  return findings.length === 0 ? 0 : 1;
}

process.exitCode = run(process.argv[2] ?? '');
