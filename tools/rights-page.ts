// Writes docs/rights.md from the table of rights and the endpoints; with --check it only says whether it is current.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CHANNELS, RIGHTS, RIGHT_NAMES, ROLES, type ChannelRow, type RightRow } from '@parley/contract';
import { listRouteRights, type RouteRight } from 'parley';

const file = path.join(path.dirname(import.meta.dirname), 'docs', 'rights.md');
const mark = (is: boolean): string => (is ? 'yes' : '–');

function rightRows(): string[] {
  return Object.entries<RightRow>(RIGHTS).map(
    ([name, { roles, grantable, allows }]) =>
      `| \`${name}\` | ${ROLES.map((role) => mark(roles.includes(role))).join(' | ')} | ${mark(grantable)} | ${allows} |`,
  );
}

function channelRows(): string[] {
  return Object.entries<ChannelRow>(CHANNELS).map(([name, { rights, subscriber, admits }]) => {
    const asked = rights.length === 0 ? '–' : rights.map((right) => `\`${right}\``).join(', ');
    return `| \`${name}:\` | ${asked} | ${mark(subscriber.presence)} | ${mark(subscriber.history)} | no | ${admits} |`;
  });
}

function routeRows(routes: readonly RouteRight[]): string[] {
  return routes.map(
    ({ method, path: where, asks }) => `| \`${method} ${where}\` | ${asks === 'public' ? 'public' : `\`${asks}\``} |`,
  );
}

function render(routes: readonly RouteRight[]): string {
  const asking = [...RIGHT_NAMES, 'public'].flatMap((right) => routes.filter(({ asks }) => asks === right));
  return [
    '# Rights\n',
    'One table decides what a role may do at all. Endpoints name the right that they ask for, the tokens of channels are made by the same table, and keys of programs have a part of it as their scopes. What somebody may do in one room is decided by the policy of that room on top: members read and write, owners change and invite.\n',
    'A right that is taken away ends at once: the epoch of the person grows, their tokens are dead, their connections are cut and come back with what they may do now. `GET /v1/me/rights` tells a person or a program its own rights.\n',
    '<!-- Written by tools/rights-page.ts from packages/contract/src/rights.ts and the endpoints. -->\n',
    '## Roles\n',
    '| right | admin | manager | member | for keys | allows to |\n| --- | --- | --- | --- | --- | --- |',
    ...rightRows(),
    '\n## Channels\n',
    'A token for a channel asks for all rights named here, and for what the last column says.\n',
    '| channel | rights | presence | history | publish from a client | admits |\n| --- | --- | --- | --- | --- | --- |',
    ...channelRows(),
    '\n## Endpoints\n',
    '| endpoint | asks for |\n| --- | --- |',
    ...routeRows(asking),
    '',
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

const text = render(await listRouteRights());
if (!process.argv.includes('--check')) writeFileSync(file, text);
else if (readCurrent() !== text) {
  console.error('docs/rights.md is not current; run: node tools/rights-page.ts');
  process.exitCode = 1;
}
