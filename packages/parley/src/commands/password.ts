// Decides what `parley password` does: proposes a cost for this machine, brings in older passwords and wraps them.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { LegacyAccount, createPasswordTools, defaultParallelHashes, measureCost } from '@parley/api';
import type { Imported, PasswordTools } from '@parley/api';
import { pino } from 'pino';
import { EXIT, publicUrlOf } from '../output.ts';
import { apiConfig } from '../serve/api-config.ts';
import { openDatabase } from '../serve/database.ts';
import { MINIMUM_COST } from '../settings/password-settings.ts';
import { loadSecrets } from '../settings/secret-files.ts';
import { parseInteger } from '../settings/values.ts';
import type { CommandContext } from './context.ts';
import { packageVersion } from './start.ts';

/** Memory that is tried, in KiB: OWASP's minimum, then up to a quarter of a GiB. */
const MEMORY_STEPS = [MINIMUM_COST.memoryCost, 32_768, 47_104, 65_536, 131_072, 262_144];
/** Accounts that one transaction stores. */
const IMPORT_BATCH = 500;
const LINE_CHARACTERS = 10_000;
/** Wrapped digests between two lines of progress. */
const PROGRESS_EVERY = 500;

interface Measured {
  memoryKib: number;
  time: number;
  milliseconds: number;
}

async function measure(memoryKib: number): Promise<Measured> {
  const milliseconds = await measureCost({ ...MINIMUM_COST, memoryCost: memoryKib });
  return { memoryKib, time: MINIMUM_COST.timeCost, milliseconds: Math.round(milliseconds * 10) / 10 };
}

/** Measures what a hash costs here, and prints the settings of the dearest one within the target. */
export async function calibratePasswords({ output, options }: CommandContext): Promise<number> {
  const target = parseInteger(String(options.target), 5, 5_000);
  if (!target.ok) {
    output.fail(`--target must be ${target.allowed} (milliseconds)`);
    return EXIT.usage;
  }
  const measured: Measured[] = [];
  for (const memoryKib of MEMORY_STEPS) {
    const one = await measure(memoryKib);
    measured.push(one);
    if (one.milliseconds > target.value) break;
  }
  const [minimum] = measured;
  if (minimum === undefined) throw new TypeError('nothing was measured');
  const chosen = measured.findLast((one) => one.milliseconds <= target.value) ?? minimum;
  const parallel = defaultParallelHashes();
  const settings = {
    PARLEY_ARGON2_MEMORY_KIB: String(chosen.memoryKib),
    PARLEY_ARGON2_TIME: String(chosen.time),
    PARLEY_ARGON2_PARALLELISM: '1',
  };
  const loginsPerSecond = Math.floor((1_000 / chosen.milliseconds) * parallel);
  const isWithinTarget = chosen.milliseconds <= target.value;
  output.print({ ok: true, settings, measured, parallel, loginsPerSecond, isWithinTarget }, [
    ...measured.map((one) => `# ${one.memoryKib} KiB, ${one.time} passes: ${one.milliseconds} ms`),
    `# about ${loginsPerSecond} logins a second with ${parallel} at once, ${(chosen.memoryKib * parallel) / 1_024} MiB`,
    ...(isWithinTarget ? [] : [`# slower than ${target.value} ms, but nothing cheaper is safe`]),
    ...Object.entries(settings).map(([name, value]) => `${name}=${value}`),
  ]);
  return EXIT.ok;
}

/** Brings in the accounts of a file, a line each; what cannot be used is named by its line and left out. */
export async function importPasswords(context: CommandContext, positional: readonly string[]): Promise<number> {
  const { output } = context;
  const [file = ''] = positional;
  const counts: Record<Imported | 'bad_line', number> = {
    imported: 0,
    known: 0,
    bad_email: 0,
    bad_name: 0,
    bad_digest: 0,
    bad_line: 0,
  };
  await withTools(context, async (tools) => {
    const note = (line: number, result: Imported | 'bad_line'): void => {
      counts[result]++;
      if (result.startsWith('bad')) output.fail(`line ${line}: ${result.replace('bad_', '')} cannot be used`);
    };
    let batch: { line: number; account: LegacyAccount }[] = [];
    const flush = async (): Promise<void> => {
      const results = await tools.importLegacy(batch.map(({ account }) => account));
      for (const [at, result] of results.entries()) note(batch[at]?.line ?? 0, result);
      batch = [];
    };
    let line = 0;
    for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
      line++;
      if (text.trim() === '') continue;
      const account = parseLine(text);
      if (account === undefined) note(line, 'bad_line');
      else batch.push({ line, account });
      if (batch.length >= IMPORT_BATCH) await flush();
    }
    if (batch.length > 0) await flush();
  });
  const bad = counts.bad_email + counts.bad_name + counts.bad_digest + counts.bad_line;
  output.print({ ok: bad === 0, ...counts }, [
    `${counts.imported} imported, ${counts.known} known already, ${bad} left out; now run: parley password wrap`,
  ]);
  return bad === 0 ? EXIT.ok : EXIT.failure;
}

function parseLine(text: string): LegacyAccount | undefined {
  if (text.length > LINE_CHARACTERS) return undefined;
  try {
    return LegacyAccount.parse(JSON.parse(text));
  } catch {
    // No JSON, or not the fields: the caller names the line. The text itself is never shown.
    return undefined;
  }
}

/** Wraps the digests that were imported, and says how fast. */
export async function wrapPasswords(context: CommandContext): Promise<number> {
  const { output } = context;
  const startedMs = performance.now();
  const said = { next: 0 };
  const perSecond = (wrapped: number): number => Math.round((wrapped / (performance.now() - startedMs)) * 10_000) / 10;
  const done = await withTools(context, (tools) =>
    tools.wrapAll((progress) => {
      const rate = perSecond(progress.wrapped);
      if (progress.wrapped < said.next) return;
      said.next = progress.wrapped + PROGRESS_EVERY;
      output.print({ ...progress, perSecond: rate }, [
        `${progress.wrapped} wrapped, ${progress.remaining} to go, ${rate} a second`,
      ]);
    }),
  );
  const rate = perSecond(done.wrapped);
  output.print({ ok: true, ...done, perSecond: rate }, [`${done.wrapped} wrapped, ${rate} a second; none is left`]);
  return EXIT.ok;
}

async function withTools<T>({ settings }: CommandContext, work: (tools: PasswordTools) => Promise<T>): Promise<T> {
  const log = pino({ level: 'silent' });
  const loaded = await loadSecrets(settings);
  if (!loaded.ok) throw new Error(loaded.problem);
  const { secretKeys } = loaded.secrets;
  const database = await openDatabase(settings, log);
  try {
    await database.migrate();
    const config = apiConfig(settings, publicUrlOf(settings, settings.port), packageVersion());
    return await work(createPasswordTools({ config, clock: { now: Date.now }, database, secretKeys, log }));
  } finally {
    await database.close();
  }
}
