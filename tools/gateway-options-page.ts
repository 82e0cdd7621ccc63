// Writes docs/gateway-options.md from the table of the gateway's options; with --check it only says whether it is current.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gatewayDocumentation } from 'parley';

const file = path.join(path.dirname(import.meta.dirname), 'docs', 'gateway-options.md');

function render(): string {
  return [
    '# Options of the gateway\n',
    '`parley gateway --config FILE` reads the configuration of a Centrifugo server (v6): JSON, YAML or TOML by the extension of the file. Command line flags go over environment variables, those over the file, and that over the defaults. A variable is `CENTRIFUGO_` and the path of the option in capitals with `_` between: `client.token.hmac_secret_key` is `CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY`. Items of lists are reached by their names: `CENTRIFUGO_CHANNEL_NAMESPACES_CHAT_PRESENCE`. A `.env` file in the working directory is read too.\n',
    'An unknown option is a warning; `parley gateway checkconfig --strict` fails on it. An option that is known and not supported refuses the start when it is switched on. `SIGHUP` reads the configuration again and puts the options of `client` and `channel` into force, tokens included; the log names what waits for a restart.\n',
    'Durations are written like `"300ms"`, `"25s"` or `"720h"`. Keys and certificates are PEM text, base64 of it, or the path of a file. In maps of texts `${CENTRIFUGO_VAR_NAME}` is filled from the environment.\n',
    '<!-- Written by tools/gateway-options-page.ts from packages/gateway/src/config. -->\n',
    gatewayDocumentation() ?? '',
  ].join('\n');
}

function readCurrent(): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Not written yet: as good as outdated.
    return '';
  }
}

if (!process.argv.includes('--check')) writeFileSync(file, render());
else if (readCurrent() !== render()) {
  console.error('docs/gateway-options.md is not current; run: node tools/gateway-options-page.ts');
  process.exitCode = 1;
}
