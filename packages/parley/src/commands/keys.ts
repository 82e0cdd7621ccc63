// Decides what `parley keys generate` makes: a secret to copy, or new current keys in the data folder.
import { generateSecret } from '@parley/tokens';
import type { Algorithm, TokenKind } from '@parley/tokens';
import { EXIT } from '../output.ts';
import { rotateKeys } from '../settings/secret-files.ts';
import { parseChoice } from '../settings/values.ts';
import type { CommandContext } from './context.ts';

const kinds: readonly TokenKind[] = ['access', 'connection', 'subscription'];

/**
 * Without `--ring`: prints a new secret of 256 random bits. With it: makes a new current key in that ring of the key
 * file; the old key verifies on, so that nobody is signed out.
 */
export async function generateKeys(context: CommandContext): Promise<number> {
  const { output, settings, options } = context;
  if (options.ring === undefined) {
    const secret = generateSecret();
    output.print({ ok: true, secret }, [secret]);
    return EXIT.ok;
  }
  const ring = parseChoice(String(options.ring), [...kinds, 'all']);
  const algorithm = parseChoice<Algorithm>(String(options.alg ?? settings.algorithm), ['HS256', 'EdDSA']);
  if (!ring.ok || !algorithm.ok) {
    if (!ring.ok) output.fail(`--ring must be ${ring.allowed}`);
    if (!algorithm.ok) output.fail(`--alg must be ${algorithm.allowed}`);
    return EXIT.usage;
  }
  const chosen = kinds.filter((kind) => ring.value === 'all' || ring.value === kind);
  const rotated = await rotateKeys(settings.dataFolder, chosen, algorithm.value);
  if (!rotated.ok) {
    output.fail(rotated.problem);
    return EXIT.failure;
  }
  const lines = Object.entries(rotated.kids).map(
    ([kind, kid]) => `${kind}: new current key ${kid} (${algorithm.value})`,
  );
  output.print({ ok: true, algorithm: algorithm.value, kids: rotated.kids }, [
    ...lines,
    'The old keys still verify. Restart Parley to sign with the new ones.',
  ]);
  return EXIT.ok;
}
