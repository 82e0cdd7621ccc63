// Decides what `parley audit` does: check the chain, export events, erase old ones.
import { StorageError, createAuditTools, openSqliteReader } from '@parley/api';
import type { AuditFilter, AuditTools, Database } from '@parley/api';
import { pino } from 'pino';
import { EXIT } from '../output.ts';
import { isPostgres, openDatabase, sqliteFile } from '../serve/database.ts';
import type { Settings } from '../settings/settings.ts';
import type { CommandContext } from './context.ts';

const HASH = /^[0-9a-f]{64}$/;

/** Checks the chain; exit code 1 when it is broken or the expected hash is not in it. */
export async function verifyAudit(context: CommandContext): Promise<number> {
  const { output, options } = context;
  const expected = typeof options['expect'] === 'string' ? options['expect'] : null;
  if (expected !== null && !HASH.test(expected)) {
    output.fail('--expect must be a hash of 64 hexadecimal digits, as an earlier verify printed it');
    return EXIT.usage;
  }
  const verified = await withAudit(context, ({ tools }) => tools.verify(expected));
  const { ok, checked, lastSeq, lastHash, brokenAt, isExpectedFound } = verified;
  if (ok) {
    output.print({ ...verified }, [`${checked} events, the chain is whole`, `last: ${lastSeq} ${lastHash ?? '-'}`]);
    return EXIT.ok;
  }
  if (output.isJson) output.print({ ...verified }, []);
  else if (brokenAt !== null) output.fail(`the chain is broken at event ${brokenAt}; ${checked} events before it fit`);
  else if (isExpectedFound === false) output.fail('the expected hash is not in the chain: it was rewritten or cut');
  return EXIT.failure;
}

/** Prints sealed events as lines of JSON, oldest first. */
export async function exportAudit(context: CommandContext): Promise<number> {
  const filter = filterOf(context);
  if (filter === undefined) return EXIT.usage;
  await withAudit(context, async ({ tools, isWritable }) => {
    if (isWritable) await tools.noteExport(filter);
    for await (const lines of tools.export(filter)) context.io.out(lines);
  });
  return EXIT.ok;
}

/** Erases the events before a time. */
export async function pruneAudit(context: CommandContext): Promise<number> {
  const { output } = context;
  const before = timeOf(context, 'before');
  if (!before.ok || before.value === undefined) {
    output.fail('--before must be a date such as 2026-01-31 or 2026-01-31T12:00:00Z');
    return EXIT.usage;
  }
  const { value } = before;
  const pruned = await withAudit(context, async ({ tools, isWritable }) => {
    if (!isWritable) throw new Error('stop the server first: it has the embedded database to itself');
    return tools.prune(value);
  });
  output.print({ ok: true, pruned }, [`${pruned} events erased; the chain goes on from a checkpoint`]);
  return EXIT.ok;
}

function filterOf(context: CommandContext): AuditFilter | undefined {
  const { name } = context.options;
  const since = timeOf(context, 'since');
  const until = timeOf(context, 'until');
  if (!since.ok || !until.ok) {
    context.output.fail('--since and --until must be dates such as 2026-01-31 or 2026-01-31T12:00:00Z');
    return undefined;
  }
  if (typeof name === 'string' && !/^[a-z_.]{1,60}\*?$/.test(name)) {
    context.output.fail('--name must be the name of an event, or its beginning and a star, such as login.*');
    return undefined;
  }
  return { since: since.value, until: until.value, name: typeof name === 'string' ? name : undefined };
}

type TimeOption = { ok: true; value: number | undefined } | { ok: false };

function timeOf({ options }: CommandContext, name: string): TimeOption {
  const text = options[name];
  if (typeof text !== 'string') return { ok: true, value: undefined };
  const value = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(value) ? { ok: false } : { ok: true, value };
}

interface OpenAudit {
  tools: AuditTools;
  /** Whether the database is ours to write: not while a server has the embedded one. */
  isWritable: boolean;
}

async function withAudit<T>({ settings }: CommandContext, work: (audit: OpenAudit) => Promise<T>): Promise<T> {
  const log = pino({ level: 'silent' });
  const { database, isWritable } = await open(settings);
  try {
    if (isWritable) await database.migrate();
    return await work({ tools: createAuditTools({ database, clock: { now: Date.now }, log }), isWritable });
  } finally {
    await database.close();
  }
}

async function open(settings: Settings): Promise<{ database: Database; isWritable: boolean }> {
  try {
    return { database: await openDatabase(settings, pino({ level: 'silent' })), isWritable: true };
  } catch (error) {
    if (isPostgres(settings) || !(error instanceof StorageError)) throw error;
    // A server has it: reading goes on beside it.
    return { database: openSqliteReader(sqliteFile(settings)), isWritable: false };
  }
}
