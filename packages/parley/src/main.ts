// Decides the command line: names, options and help of every command.
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { algorithmNames, ringNames } from '@parley/tokens';
import { Command, CommanderError } from 'commander';
import { act, withCommonOptions } from './commands/context.ts';
import type { CommandAction, Registrar } from './commands/context.ts';
import { exportAudit, pruneAudit, verifyAudit } from './commands/audit.ts';
import { doctor } from './commands/doctor.ts';
import { init } from './commands/init.ts';
import { generateKeys, listKeys, promoteKey, retireKey, revokeKey, rotateKeys } from './commands/keys.ts';
import {
  changeRole,
  createUser,
  disableUser,
  enableUser,
  listUsers,
  resetUserFactors,
  unlockUser,
} from './commands/people.ts';
import { packageVersion, start } from './commands/start.ts';
import { checkToken, mintToken } from './commands/token.ts';
import { calibratePasswords, importPasswords, wrapPasswords } from './commands/password.ts';
import { addGatewayCommands } from './gateway/commands/register.ts';
import { EXIT } from './output.ts';
import type { Io } from './output.ts';

/** The real process. */
export const PROCESS_IO: Io = {
  environment: process.env,
  isTerminal: process.stdout.isTTY === true,
  out: (line) => void process.stdout.write(line),
  error: (line) => void process.stderr.write(line),
  readFile: (file) => readFileSync(file, 'utf8'),
  readInput: () => text(process.stdin),
};

/**
 * Runs one command.
 *
 * @param argv the words after the program's name
 * @returns the exit code: 0 done, 1 failed, 2 not understood
 */
export async function main(argv: readonly string[], io: Io = PROCESS_IO): Promise<number> {
  const holder: { code: number } = { code: EXIT.ok };
  const registrar: Registrar = {
    io,
    setExitCode: (code) => {
      holder.code = code;
    },
  };
  const program = createProgram(registrar);
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
  return holder.code;
}

function createProgram(registrar: Registrar): Command {
  const program = new Command('parley')
    .description('Parley: chat, presence and realtime channels on your own machine')
    .version(packageVersion())
    .exitOverride()
    .configureOutput({ writeOut: registrar.io.out, writeErr: registrar.io.error })
    .showHelpAfterError('(add --help for an example and all options)');
  addServerCommands(program, registrar);
  addKeyCommands(program, registrar);
  addUserCommands(program, registrar);
  addPasswordCommands(program, registrar);
  addTokenCommands(program, registrar);
  addAuditCommands(program, registrar);
  addGatewayCommands(program, registrar);
  return program;
}

interface Definition {
  name: string;
  about: string;
  example: string;
  action: CommandAction;
}

/** Adds a command whose help begins with an example. */
function define(parent: Command, registrar: Registrar, definition: Definition): Command {
  const command = withCommonOptions(parent.command(definition.name))
    .description(definition.about)
    .addHelpText('beforeAll', `Example: ${definition.example}\n`);
  return act(command, registrar, definition.action);
}

function addServerCommands(program: Command, registrar: Registrar): void {
  define(program, registrar, {
    name: 'start',
    about: 'run the server until Ctrl-C',
    example: 'parley start --port 8000',
    action: start,
  })
    .option('--port <number>', 'where to listen (PORT, default 8000)')
    .option('--host <address>', 'which address to listen on (HOST, default 127.0.0.1: this machine only)')
    .option('--public-url <url>', 'the address that people use (PARLEY_PUBLIC_URL)')
    .option('--log-level <level>', 'how much to log (LOG_LEVEL, default info)');
  define(program, registrar, {
    name: 'init',
    about: 'make the data folder with its keys, and print an example environment',
    example: 'parley init > .env.example',
    action: init,
  });
  define(program, registrar, {
    name: 'doctor',
    about: 'check this installation; every failure says how to mend it',
    example: 'parley doctor',
    action: doctor,
  })
    .option('--port <number>', 'the port of the server (PORT, default 8000)')
    .option('--host <address>', 'the address of the server (HOST, default 127.0.0.1)')
    .option('--public-url <url>', 'the address that people use (PARLEY_PUBLIC_URL)');
}

function addKeyCommands(program: Command, registrar: Registrar): void {
  const keys = program
    .command('keys')
    .description('secrets, signing keys and their life: next, current, retired, revoked');
  const ringOption = `${ringNames.join(', ')}; all: those that sign tokens`;
  const algorithmOption = `${algorithmNames.join(', ')} (JWT_ALGORITHM)`;
  define(keys, registrar, {
    name: 'list',
    about: 'show every key with its state; never a secret',
    example: 'parley keys list --json',
    action: listKeys,
  }).option('--ring <ring>', ringOption);
  define(keys, registrar, {
    name: 'generate',
    about: 'print a new secret; with --ring, add a next key, which verifies at once and signs when promoted',
    example: 'parley keys generate --ring access --alg EdDSA',
    action: generateKeys,
  })
    .option('--ring <ring>', ringOption)
    .option('--alg <algorithm>', algorithmOption);
  define(keys, registrar, {
    name: 'rotate',
    about: 'make a new key current at once; the old one verifies on, so that nobody is signed out',
    example: 'parley keys rotate --ring all',
    action: rotateKeys,
  })
    .requiredOption('--ring <ring>', ringOption)
    .option('--alg <algorithm>', algorithmOption);
  define(keys, registrar, {
    name: 'promote [kid]',
    about: 'make a next key current; without an id the oldest one',
    example: 'parley keys promote --ring access',
    action: promoteKey,
  }).requiredOption('--ring <ring>', ringOption);
  define(keys, registrar, {
    name: 'retire <kid>',
    about: 'let a key verify only',
    example: 'parley keys retire --ring access 3q2-7w',
    action: retireKey,
  }).requiredOption('--ring <ring>', ringOption);
  define(keys, registrar, {
    name: 'revoke <kid>',
    about: 'refuse whatever a key has signed, at once; live connections are cut',
    example: 'parley keys revoke --ring access 3q2-7w',
    action: revokeKey,
  })
    .requiredOption('--ring <ring>', ringOption)
    .option('--yes', 'for the rings pepper and vault: what rests on the key is lost');
}

function addUserCommands(program: Command, registrar: Registrar): void {
  const user = program
    .command('user')
    .description('accounts: through the running server, or the database if none runs');
  const defineHere = (definition: Definition): Command =>
    define(user, registrar, definition)
      .option('--port <number>', 'the port of the server (PORT, default 8000)')
      .option('--host <address>', 'the address of the server (HOST, default 127.0.0.1)');
  defineHere({
    name: 'create',
    about: 'make an account; the password is read from standard input',
    example: "echo 'a long pass phrase' | parley user create --email ada@example.org --name Ada --role admin",
    action: createUser,
  })
    .requiredOption('--email <address>', 'the address to sign in with')
    .requiredOption('--name <name>', 'the name that others see')
    .option('--role <role>', 'admin, manager or member', 'member');
  for (const { options = [], ...definition } of peopleCommands) {
    const command = defineHere(definition);
    for (const [flag, about] of options) command.option(flag, about);
  }
}

const peopleCommands: readonly (Definition & { options?: readonly [flag: string, about: string][] })[] = [
  {
    name: 'list',
    about: 'list people with role, state, sessions and when they were seen last',
    example: 'parley user list --status disabled',
    action: listUsers,
    options: [
      ['--search <text>', 'a part of the name or the address'],
      ['--role <role>', 'admin, manager or member'],
      ['--status <status>', 'active, disabled or locked'],
    ],
  },
  {
    name: 'role <email> <role>',
    about: 'change the role of an account: admin, manager or member. Its sessions end',
    example: 'parley user role ada@example.org admin',
    action: changeRole,
  },
  {
    name: 'disable <email>',
    about: 'end all sessions of an account and let it in no more',
    example: 'parley user disable eve@example.org',
    action: disableUser,
  },
  {
    name: 'enable <email>',
    about: 'let a disabled account sign in again',
    example: 'parley user enable eve@example.org',
    action: enableUser,
  },
  {
    name: 'unlock <email>',
    about: 'let an account try passwords again that had too many wrong ones',
    example: 'parley user unlock ada@example.org',
    action: unlockUser,
  },
  {
    name: 'reset-factors <email>',
    about: 'remove every second factor of an account whose person has lost theirs, passkeys too. Its sessions end',
    example: 'parley user reset-factors ada@example.org',
    action: resetUserFactors,
  },
];

function addAuditCommands(program: Command, registrar: Registrar): void {
  const audit = program.command('audit').description('the audit log');
  define(audit, registrar, {
    name: 'verify',
    about: 'check that no event was changed or taken away; prints the last hash',
    example: 'parley audit verify --expect 5f70bf18a0860070…',
    action: verifyAudit,
  }).option('--expect <hash>', 'a hash that an earlier check printed: it must be in the chain');
  define(audit, registrar, {
    name: 'export',
    about: 'print events as lines of JSON, oldest first',
    example: "parley audit export --since 2026-11-01 --name 'login.*' > audit.ndjson",
    action: exportAudit,
  })
    .option('--since <time>', 'from this time on')
    .option('--until <time>', 'before this time')
    .option('--name <name>', 'events of this name, or of a beginning and a star');
  define(audit, registrar, {
    name: 'prune',
    about: 'erase events before a time; the rest stays a chain',
    example: 'parley audit prune --before 2025-01-01',
    action: pruneAudit,
  }).requiredOption('--before <time>', 'the first time that is kept');
}

function addPasswordCommands(program: Command, registrar: Registrar): void {
  const password = program.command('password').description('what passwords cost, and those of an older system');
  define(password, registrar, {
    name: 'calibrate',
    about: 'measure this machine and propose what a password hash may cost',
    example: 'parley password calibrate --target 100',
    action: calibratePasswords,
  }).option('--target <milliseconds>', 'how long one hash may take', '100');
  define(password, registrar, {
    name: 'import <file>',
    about: 'bring in accounts with SHA-256 digests: one JSON object a line with email, name, sha256, role, bytes',
    example: 'parley password import people.ndjson && parley password wrap',
    action: importPasswords,
  });
  define(password, registrar, {
    name: 'wrap',
    about: 'wrap imported digests in Argon2id; goes on where it was interrupted',
    example: 'parley password wrap',
    action: wrapPasswords,
  });
}

function addTokenCommands(program: Command, registrar: Registrar): void {
  const token = program.command('token').description('realtime tokens');
  define(token, registrar, {
    name: 'mint',
    about: 'sign a connection token for a user of your own application',
    example: 'parley token mint --user 42 --channel app:orders --life 1h',
    action: mintToken,
  })
    .requiredOption('--user <id>', 'the user')
    .option('--channel <channel...>', 'channels that the server subscribes at connect')
    .option('--room <room>', 'the room of a client without an SDK, at /ws')
    .option('--life <time>', 'how long it is good', '1h')
    .option('--public-url <url>', 'the address of the server (PARLEY_PUBLIC_URL)')
    .option('--port <number>', 'the port of the server (PORT, default 8000)');
  define(token, registrar, {
    name: 'check [token]',
    about: 'say what a token is and whether it is good; without one, reads standard input',
    example: 'pbpaste | parley token check',
    action: checkToken,
  })
    .option('--public-url <url>', 'the address of the server (PARLEY_PUBLIC_URL)')
    .option('--port <number>', 'the port of the server (PORT, default 8000)');
}
