// Decides what `checkconfig` says about a configuration.
import { EXIT } from '../../output.ts';
import { findRisks } from '../risks.ts';
import { createReplaceableGate } from '../token-gate.ts';
import { type GatewayCommand, loadFor } from './options.ts';

/** Says what forbids a start, and what it would be warned of; with --strict an unknown option is a failure too. */
export function checkConfig(command: GatewayCommand): number {
  const { output, options } = command;
  const loaded = loadFor(command);
  const { warnings } = loaded;
  const tokens = loaded.ok ? createReplaceableGate(loaded.config.client) : undefined;
  const problems = [
    ...(loaded.ok ? [] : loaded.problems),
    ...(tokens === undefined || tokens.ok ? [] : tokens.problems),
    ...(options['strict'] === true ? warnings : []),
  ];
  for (const problem of problems) output.fail(problem);
  const risks = loaded.ok ? findRisks(loaded.config) : [];
  const notes = options['strict'] === true ? risks : [...warnings, ...risks];
  const isGood = problems.length === 0;
  const verdict = isGood ? 'the configuration is good' : 'the configuration is refused';
  output.print({ ok: isGood, warnings: notes }, [...notes.map((note) => `warning: ${note}`), verdict]);
  return isGood ? EXIT.ok : EXIT.failure;
}
