// Decides what `parley user create|list|role|disable|enable|unlock|reset-factors` do: through the running server if there is one.
import { StorageError, createOfflineOperator } from '@parley/api';
import { OperatorOrder, PROBLEMS, ROLES, type AdminUser, type OperatorAnswer } from '@parley/contract';
import { pino } from 'pino';
import { EXIT, publicUrlOf } from '../output.ts';
import { apiConfig } from '../serve/api-config.ts';
import { openDatabase } from '../serve/database.ts';
import { sendOrder } from '../serve/operator-door.ts';
import { loadSecrets } from '../settings/secret-files.ts';
import type { Settings } from '../settings/settings.ts';
import { parseChoice } from '../settings/values.ts';
import type { CommandContext } from './context.ts';
import { packageVersion } from './start.ts';

const STATUS = ['active', 'disabled', 'locked'] as const;

/** Makes an account with the password from standard input. */
export async function createUser(context: CommandContext): Promise<number> {
  const { io, output, options } = context;
  const role = parseChoice(String(options.role), ROLES);
  if (!role.ok) {
    output.fail(`--role must be ${role.allowed}`);
    return EXIT.usage;
  }
  const password = (await io.readInput()).replace(/\r?\n$/, '');
  const account = { email: String(options.email), name: String(options.name), password, role: role.value };
  return orderOne(
    context,
    { action: 'create', ...account },
    ({ name, email, role: now }) => `${name} <${email}> is ${now}`,
  );
}

/** Lists people, all pages of them. */
export async function listUsers(context: CommandContext): Promise<number> {
  const { options, output } = context;
  const role = options.role === undefined ? undefined : parseChoice(String(options.role), ROLES);
  const status = options.status === undefined ? undefined : parseChoice(String(options.status), STATUS);
  for (const [name, given] of [
    ['--role', role],
    ['--status', status],
  ] as const)
    if (given?.ok === false) {
      output.fail(`${name} must be ${given.allowed}`);
      return EXIT.usage;
    }
  const query = {
    limit: 200,
    ...(typeof options.search === 'string' ? { search: options.search } : {}),
    ...(role?.ok === true ? { role: role.value } : {}),
    ...(status?.ok === true ? { status: status.value } : {}),
  };
  let after: string | null = null;
  do {
    const answer: OperatorAnswer = await carryOut(context, {
      action: 'list',
      query: { ...query, ...(after === null ? {} : { after }) },
    });
    if (!answer.ok) return failed(context, answer, '');
    for (const person of answer.people) output.print({ ...person }, [lineOf(person)]);
    after = answer.next;
  } while (after !== null);
  return EXIT.ok;
}

function lineOf({ name, email, role, disabledAt, isLocked, sessions, lastSeenAt }: AdminUser): string {
  const states = [...(disabledAt === null ? [] : ['disabled']), ...(isLocked ? ['locked'] : [])];
  const seen = lastSeenAt === null ? 'never' : lastSeenAt.slice(0, 16).replace('T', ' ');
  const state = states.length === 0 ? 'active' : states.join(', ');
  return `${role.padEnd(8)} ${state.padEnd(9)} ${String(sessions).padStart(3)} sessions  seen ${seen.padEnd(16)}  ${name} <${email}>`;
}

/** Changes the role of the account with an address. */
export async function changeRole(context: CommandContext, positional: readonly string[]): Promise<number> {
  const [email = '', wanted = ''] = positional;
  const role = parseChoice(wanted, ROLES);
  if (!role.ok) {
    context.output.fail(`the role must be ${role.allowed}`);
    return EXIT.usage;
  }
  return orderOne(
    context,
    { action: 'change', email, role: role.value },
    ({ email: of, role: now }) => `${of} is ${now} now`,
  );
}

/** Ends everything of a person and lets them in no more. */
export const disableUser = (context: CommandContext, [email = '']: readonly string[]): Promise<number> =>
  orderOne(context, { action: 'change', email, disabled: true }, saying('is disabled; all sessions have ended'));

/** Lets a disabled person sign in again. */
export const enableUser = (context: CommandContext, [email = '']: readonly string[]): Promise<number> =>
  orderOne(context, { action: 'change', email, disabled: false }, saying('may sign in again'));

/** Ends the hard stop after too many wrong passwords. */
export const unlockUser = (context: CommandContext, [email = '']: readonly string[]): Promise<number> =>
  orderOne(context, { action: 'unlock', email }, saying('may try passwords again'));

/** Removes the second factors of a person who has lost theirs. */
export const resetUserFactors = (context: CommandContext, [email = '']: readonly string[]): Promise<number> =>
  orderOne(context, { action: 'reset-factors', email }, saying('signs in without a second factor'));

const saying =
  (what: string) =>
  ({ email }: AdminUser): string =>
    `${email} ${what}`;

async function orderOne(
  context: CommandContext,
  order: Exclude<OperatorOrder, { action: 'list' }>,
  say: (person: AdminUser) => string,
): Promise<number> {
  const answer = await carryOut(context, order);
  if (!answer.ok) return failed(context, answer, order.email);
  for (const person of answer.people) context.output.print({ ok: true, user: person }, [say(person)]);
  return EXIT.ok;
}

function failed({ output }: CommandContext, answer: OperatorAnswer & { ok: false }, email: string): number {
  const { problem } = answer;
  const fields = 'errors' in answer ? answer.errors : [];
  const wrong = fields.map(({ pointer, message }) => `${pointer.slice(1)} ${message}`).join('; ');
  if (wrong !== '') output.fail(wrong);
  else output.fail(problem === 'not_found' ? `there is no account ${email}` : PROBLEMS[problem].title);
  return EXIT.failure;
}

/** Gives an order to the running server of this data folder, or carries it out here when none answers. */
async function carryOut({ settings }: CommandContext, order: OperatorOrder): Promise<OperatorAnswer> {
  const judged = OperatorOrder.safeParse(order);
  if (!judged.success) {
    const errors = judged.error.issues.map(({ path, message }) => ({ pointer: `/${path.join('/')}`, message }));
    return { ok: false, problem: 'request.invalid', errors };
  }
  const loaded = await loadSecrets(settings);
  if (!loaded.ok) throw new Error(loaded.problem);
  const { secretKeys } = loaded.secrets;
  const sent = await sendOrder({ address: addressOf(settings), secretKeys, fetch: globalThis.fetch }, order);
  if (sent.kind === 'answered') return sent.answer;
  if (sent.kind === 'failed') throw new Error(sent.problem);
  const log = pino({ level: 'silent' });
  const database = await openDatabase(settings, log).catch((error: unknown) => {
    throw explained(error, settings);
  });
  try {
    await database.migrate();
    const config = apiConfig(settings, publicUrlOf(settings, settings.port), packageVersion());
    return await createOfflineOperator({ config, clock: { now: Date.now }, database, secretKeys, log }).carryOut(order);
  } finally {
    await database.close();
  }
}

/** Where the server of these settings listens, seen from this machine. */
function addressOf({ host, port }: Pick<Settings, 'host' | 'port'>): string {
  if (host === '' || host === '0.0.0.0') return `http://127.0.0.1:${port}`;
  if (host === '::') return `http://[::1]:${port}`;
  return `http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`;
}

function explained(error: unknown, { port }: Pick<Settings, 'port'>): unknown {
  if (!(error instanceof StorageError)) return error;
  const advice = `If the server runs on another port than ${port}, say which: --port.`;
  return new Error(`${error.message} ${advice}`, { cause: error });
}
