// Decides the command line of `parley gateway`: names, options and help.
import type { Command } from 'commander';
import type { Registrar } from '../../commands/context.ts';
import { packageVersion } from '../../commands/start.ts';
import { EXIT } from '../../output.ts';
import { gatewayFlags } from '../config/flags.ts';
import { checkConfig } from './check.ts';
import { configDocumentation, defaultConfig, defaultEnvironment, generateConfig } from './files.ts';
import { actGateway, type GatewayAction } from './options.ts';
import { serve } from './serve.ts';
import { checkConnectionToken, checkSubscriptionToken, generateSubscriptionToken, generateToken } from './tokens.ts';

interface Definition {
  name: string;
  about: string;
  example: string;
  action: GatewayAction;
}

/** Adds `gateway` with everything below it. */
export function addGatewayCommands(program: Command, registrar: Registrar): void {
  const gateway = withHelp(program.command('gateway'), {
    about: 'run realtime delivery alone, with the configuration of a Centrifugo server (v6)',
    example: 'parley gateway --config config.json',
  });
  withConfig(gateway).option('--json', 'print the first line as JSON, and the log too');
  gateway.option('--workers <number>', 'processes that serve, one for each core that is to be used', '1');
  for (const { path, short, field } of gatewayFlags) {
    const names = short === undefined ? `--${path}` : `${short}, --${path}`;
    gateway.option(`${names} ${field.type === 'bool' ? '[value]' : '<value>'}`, field.about);
  }
  actGateway(gateway, registrar, serve);
  addFileCommands(gateway, registrar);
  addTokenCommands(gateway, registrar);
  define(gateway, registrar, {
    name: 'version',
    about: 'print the version',
    example: 'parley gateway version',
    action({ output }) {
      output.print({ ok: true, version: packageVersion() }, [`Parley gateway ${packageVersion()}`]);
      return EXIT.ok;
    },
  });
}

function withHelp(command: Command, { about, example }: Pick<Definition, 'about' | 'example'>): Command {
  return command.description(about).addHelpText('beforeAll', `Example: ${example}\n`);
}

function withConfig(command: Command): Command {
  return command.option('-c, --config <file>', 'the configuration: .json, .yaml, .yml or .toml (default config.json)');
}

function define(parent: Command, registrar: Registrar, definition: Definition): Command {
  const command = withHelp(parent.command(definition.name), definition);
  return actGateway(command.option('--json', 'answer in JSON, one object a line'), registrar, definition.action);
}

function addFileCommands(gateway: Command, registrar: Registrar): void {
  const base = '-b, --base <file>';
  withConfig(
    define(gateway, registrar, {
      name: 'checkconfig',
      about: 'say what is wrong with a configuration; exit code 1 if it cannot start',
      example: 'parley gateway checkconfig --config config.json --strict',
      action: checkConfig,
    }),
  ).option('-s, --strict', 'fail on unknown options too');
  withConfig(
    define(gateway, registrar, {
      name: 'genconfig',
      about: 'write a new configuration with random secrets; never over a file that is there',
      example: 'parley gateway genconfig --config config.yaml',
      action: generateConfig,
    }),
  );
  withConfig(
    define(gateway, registrar, {
      name: 'defaultconfig',
      about: 'write a file with all options and their defaults',
      example: 'parley gateway defaultconfig --config all.toml --dry-run',
      action: defaultConfig,
    }),
  )
    .option(base, 'a configuration whose options go over the defaults')
    .option('-d, --dry-run', 'print it instead');
  define(gateway, registrar, {
    name: 'defaultenv',
    about: 'print all options as environment variables',
    example: 'parley gateway defaultenv --base config.json --base-non-zero-only',
    action: defaultEnvironment,
  })
    .option(base, 'a configuration whose options go over the defaults')
    .option('--base-non-zero-only', 'leave out what is empty, zero or off');
  define(gateway, registrar, {
    name: 'configdoc',
    about: 'print the documentation of all options in Markdown',
    example: 'parley gateway configdoc --section client',
    action: configDocumentation,
  })
    .option('-m, --markdown', 'Markdown; the only form there is')
    .option('-s, --section <name>', 'one section');
}

function addTokenCommands(gateway: Command, registrar: Registrar): void {
  const signing = (definition: Definition): Command =>
    withConfig(define(gateway, registrar, definition))
      .option('-u, --user <id>', 'the user; without one, anonymous')
      .option('-t, --ttl <seconds>', 'how long it is good; -1 is without end', '604800')
      .option('-q, --quiet', 'print the token alone');
  signing({
    name: 'gentoken',
    about: 'sign a connection token (HS256) with the secret of the configuration',
    example: 'parley gateway gentoken --user 42',
    action: generateToken,
  });
  signing({
    name: 'gensubtoken',
    about: 'sign a subscription token (HS256)',
    example: 'parley gateway gensubtoken --user 42 --channel news',
    action: generateSubscriptionToken,
  }).requiredOption('-s, --channel <channel>', 'the channel');
  for (const [name, kind, action] of [
    ['checktoken [token]', 'connection', checkConnectionToken],
    ['checksubtoken [token]', 'subscription', checkSubscriptionToken],
  ] as const) {
    const about = `verify a ${kind} token and print its claims; without one, reads standard input`;
    const example = `pbpaste | parley gateway ${name.split(' ')[0] ?? ''}`;
    withConfig(define(gateway, registrar, { name, about, example, action }));
  }
}
