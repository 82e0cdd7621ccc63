// Decides what `parley user create` does: an account made at the machine of the server.
import { createAccountTools } from '@parley/api';
import type { AccountTools } from '@parley/api';
import { PROBLEMS, ROLES } from '@parley/contract';
import { pino } from 'pino';
import { EXIT, publicUrlOf } from '../output.ts';
import { apiConfig } from '../serve/api-config.ts';
import { openDatabase } from '../serve/database.ts';
import { loadSecrets } from '../settings/secret-files.ts';
import { parseChoice } from '../settings/values.ts';
import type { CommandContext } from './context.ts';
import { packageVersion } from './start.ts';

/** Makes an account with the password from standard input. */
export async function createUser(context: CommandContext): Promise<number> {
  const { io, output, options } = context;
  const role = parseChoice(String(options.role), ROLES);
  if (!role.ok) {
    output.fail(`--role must be ${role.allowed}`);
    return EXIT.usage;
  }
  const password = (await io.readInput()).replace(/\r?\n$/, '');
  const account = { email: String(options.email), name: String(options.name), password };
  const made = await withAccounts(context, (accounts) => accounts.create(account, role.value));
  if (!made.ok) {
    const fields = made.errors.map((entry) => `${entry.pointer.slice(1)} ${entry.message}`).join('; ');
    output.fail(fields === '' ? PROBLEMS[made.problem].title : fields);
    return EXIT.failure;
  }
  output.print({ ok: true, user: made.user }, [`${made.user.name} <${made.user.email}> is ${made.user.role}`]);
  return EXIT.ok;
}

async function withAccounts<T>({ settings }: CommandContext, work: (accounts: AccountTools) => Promise<T>): Promise<T> {
  const log = pino({ level: 'silent' });
  const database = await openDatabase(settings, log);
  try {
    await database.migrate();
    const config = apiConfig(settings, publicUrlOf(settings, settings.port), packageVersion());
    const loaded = await loadSecrets(settings);
    if (!loaded.ok) throw new Error(loaded.problem);
    const { secretKeys } = loaded.secrets;
    return await work(createAccountTools({ config, clock: { now: Date.now }, database, secretKeys, log }));
  } finally {
    await database.close();
  }
}
