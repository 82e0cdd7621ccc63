// Decides what must not stand in the repository: hosts of registries, paths of machines, private keys.
import type { Finding, SourceText } from './source.ts';

interface Rule {
  pattern: RegExp;
  message: string;
  appliesTo(file: string): boolean;
}

const everywhere = (): boolean => true;
const isNpmFile = (file: string): boolean => /(^|\/)(package-lock\.json|\.npmrc)$/.test(file);

// The patterns are written so that they do not match themselves.
const rules: readonly Rule[] = [
  {
    pattern: /"resolved": "(?:https?|git)[^"]*"/,
    message: 'the lock file names the host of a registry; it must hold for every registry',
    appliesTo: isNpmFile,
  },
  {
    pattern: /^\s*(?:@[^:]+:)?registry\s*=/,
    message: 'the host of a registry belongs to the machine',
    appliesTo: isNpmFile,
  },
  { pattern: /_auth(?:Token)?\s*=/, message: 'a registry login belongs to the machine', appliesTo: isNpmFile },
  {
    pattern: /(?<![\w.~-])\/(?:work|root|Users|home)\/[\w.-]+\//,
    message: 'an absolute path of one machine',
    appliesTo: everywhere,
  },
  { pattern: /-{5}BEGIN (?:[A-Z]+ )?PRIVATE KEY-{5}/, message: 'a private key', appliesTo: everywhere },
  {
    pattern: /\b(?:AKIA[0-9A-Z]{16}|gh[pousr]_\w{36}|xox[bp]-\w{10,})/,
    message: 'an access key',
    appliesTo: everywhere,
  },
];

/** Finds what must not be published, one finding for each line and rule. */
export function checkSecrets(files: readonly SourceText[]): Finding[] {
  const findings: Finding[] = [];
  for (const file of files) {
    const applying = rules.filter((rule) => rule.appliesTo(file.path));
    for (const [index, line] of file.text.split('\n').entries()) {
      for (const rule of applying) {
        if (rule.pattern.test(line)) findings.push({ path: file.path, line: index + 1, message: rule.message });
      }
    }
  }
  return findings;
}
