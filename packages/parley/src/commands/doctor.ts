// Decides what `parley doctor` prints and when it fails.
import { EXIT } from '../output.ts';
import { CHECKS } from '../doctor/checks.ts';
import type { CheckResult } from '../doctor/checks.ts';
import type { CommandContext } from './context.ts';

/** Runs every check, one line each; exit code 1 when one failed. */
export async function doctor({ output, settings }: CommandContext): Promise<number> {
  const marks = {
    ok: output.paint('green', 'ok     '),
    failed: output.paint('red', 'FAILED '),
    skipped: output.paint('yellow', 'skipped'),
  } as const;
  let failed = 0;
  for (const check of CHECKS) {
    const result = await check.run(settings).catch((error: unknown): CheckResult => ({
      status: 'failed',
      detail: error instanceof Error ? error.message : String(error),
      fix: 'see the message; docs/operations.md has more',
    }));
    if (result.status === 'failed') failed += 1;
    const fix = result.status === 'failed' ? [`         to mend it: ${result.fix}`] : [];
    output.print({ check: check.name, ...result }, [`${marks[result.status]} ${check.name}: ${result.detail}`, ...fix]);
  }
  const summary =
    failed === 0 ? 'everything that could be checked is well' : `${failed} of ${CHECKS.length} checks failed`;
  output.print({ ok: failed === 0, failed, checks: CHECKS.length }, [summary]);
  return failed === 0 ? EXIT.ok : EXIT.failure;
}
