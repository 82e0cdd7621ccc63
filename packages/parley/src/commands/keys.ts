// Decides what the commands `parley keys …` do: secrets to copy, and the life of the keys in every ring.
import {
  addNext,
  algorithmNames,
  generateSecret,
  promote,
  retire,
  revoke,
  ringNames,
  rotateTo,
  tokenRings,
} from '@parley/tokens';
import type { Algorithm, AllKeys, KeyChange, RingName } from '@parley/tokens';
import { EXIT } from '../output.ts';
import { changeKeys, makeMissingKeys, readKeys } from '../settings/key-store.ts';
import { editRing, isTokenRing } from '../settings/ring-edit.ts';
import type { EditedRing, RingEdit } from '../settings/ring-edit.ts';
import { isSecretAlgorithm } from '../settings/settings.ts';
import { parseChoice } from '../settings/values.ts';
import type { CommandContext } from './context.ts';

const nowSeconds = (): number => Math.floor(Date.now() / 1_000);

/** Shows every key with its state; never key material. */
export async function listKeys(context: CommandContext): Promise<number> {
  const { output, settings, options } = context;
  const chosen = options.ring === undefined ? { ok: true as const, value: [...ringNames] } : chooseRings(context);
  if (!chosen.ok) return EXIT.usage;
  const read = await readKeys(settings, []);
  if (!read.ok) {
    output.fail(read.problem);
    return EXIT.failure;
  }
  const rings = Object.fromEntries(chosen.value.map((name) => [name, describe(read.keys, name)]));
  const lines = chosen.value.flatMap((name) =>
    (rings[name] ?? []).map(({ kid, state, alg, since }) =>
      `${name.padEnd(13)}${state.padEnd(9)}${kid}  ${alg ?? ''}  ${since ?? ''}`.trimEnd(),
    ),
  );
  const note =
    settings.jwtSecret === undefined ? [] : ['JWT_SECRET signs access tokens, before the keys of that ring.'];
  output.print({ ok: true, rings, isJwtSecretSet: settings.jwtSecret !== undefined }, [...lines, ...note]);
  return EXIT.ok;
}

interface KeyDescription {
  kid: string;
  state: string;
  alg?: Algorithm;
  since?: string;
}

function describe(keys: AllKeys, name: RingName): KeyDescription[] {
  const dated = (since: number | undefined): { since?: string } =>
    since === undefined ? {} : { since: new Date(since * 1_000).toISOString() };
  return isTokenRing(name)
    ? keys.rings[name].keys().map(({ kid, state, alg, since }) => ({ kid, state, alg, ...dated(since) }))
    : keys.secretKeys.keys(name).map(({ kid, state, since }) => ({ kid, state, ...dated(since) }));
}

/** Without `--ring`: prints a new secret. With it: adds a next key, which verifies at once and signs when promoted. */
export async function generateKeys(context: CommandContext): Promise<number> {
  const { output, options } = context;
  const algorithm = chooseAlgorithm(context);
  if (algorithm === undefined) return EXIT.usage;
  if (options.ring !== undefined) {
    return change(context, async (keys, make) => ({ ok: true, keys: addNext(keys, await make(), nowSeconds()) }));
  }
  const secret = generateSecret(isSecretAlgorithm(algorithm) ? algorithm : 'HS256');
  output.print({ ok: true, secret }, [secret]);
  return EXIT.ok;
}

/** Makes a new key current at once; the old one verifies on, so that nobody is signed out. */
export const rotateKeys = (context: CommandContext): Promise<number> =>
  change(context, async (keys, make) => ({ ok: true, keys: rotateTo(keys, await make(), nowSeconds()) }));

/** Makes a next key current; without an id the oldest one. */
export const promoteKey = (context: CommandContext, [kid]: readonly string[]): Promise<number> =>
  change(context, async (keys) => promote(keys, kid, nowSeconds()));

/** Lets a key verify only. */
export const retireKey = (context: CommandContext, [kid = '']: readonly string[]): Promise<number> =>
  change(context, async (keys) => retire(keys, kid, nowSeconds()));

/** Refuses whatever a key has signed or protected, at once. */
export async function revokeKey(context: CommandContext, [kid = '']: readonly string[]): Promise<number> {
  const { output, options } = context;
  const stored = (['pepper', 'vault'] as const).find((ring) => ring === options.ring);
  if (stored !== undefined && options.yes !== true) {
    const lost = stored === 'pepper' ? 'every password that was hashed with it' : 'whatever was encrypted with it';
    output.fail(`revoking a key of the ring ${stored} loses ${lost}, for ever; add --yes if that is meant`);
    return EXIT.usage;
  }
  return change(context, async (keys, make) => revoke(keys, { kid, fresh: await make() }, nowSeconds()));
}

async function change(context: CommandContext, edit: RingEdit): Promise<number> {
  const { output, settings } = context;
  const chosen = chooseRings(context);
  const algorithm = chooseAlgorithm(context);
  if (!chosen.ok || algorithm === undefined) return EXIT.usage;
  await makeMissingKeys(settings, algorithm);
  const changed = await changeKeys(settings, (keys) => changeRings(keys, chosen.value, { algorithm, edit }));
  if (!changed.ok) {
    output.fail(changed.problem);
    return EXIT.failure;
  }
  const lines = changed.changes.map(({ ring, kid, change: what }) => `${ring}: ${kid} ${what}`);
  output.print({ ok: true, changes: changed.changes }, [
    ...(lines.length === 0 ? ['nothing to change'] : lines),
    'A running server takes it over within a second.',
  ]);
  return EXIT.ok;
}

type RingChange = KeyChange & { ring: RingName };

async function changeRings(
  keys: AllKeys,
  names: readonly RingName[],
  how: { algorithm: Algorithm; edit: RingEdit },
): Promise<{ ok: true; changes: RingChange[] } | { ok: false; problem: string }> {
  const changes: RingChange[] = [];
  for (const name of names) {
    const edited = await editRing(keys, { name, algorithm: how.algorithm }, how.edit);
    if (!edited.ok) return { ok: false, problem: `${name}: ${words[edited.problem]}` };
    changes.push(...edited.changes.map((one) => ({ ring: name, ...one })));
  }
  return { ok: true, changes };
}

const words: Readonly<Record<Extract<EditedRing, { ok: false }>['problem'], string>> = {
  unknown_kid: 'there is no key of this id; see parley keys list',
  no_next: 'there is no next key; make one with parley keys generate --ring, or use parley keys rotate',
  not_next: 'only a next key can be promoted; see parley keys list',
  is_current: 'it is the current key; promote or rotate to another first',
  is_revoked: 'it is revoked, and stays so',
};

function chooseRings({ output, options }: CommandContext): { ok: true; value: RingName[] } | { ok: false } {
  const ring = parseChoice<RingName | 'all'>(String(options.ring), [...ringNames, 'all']);
  if (ring.ok) return { ok: true, value: ring.value === 'all' ? [...tokenRings] : [ring.value] };
  output.fail(`--ring must be ${ring.allowed} (all: the rings that sign tokens)`);
  return { ok: false };
}

function chooseAlgorithm({ output, options, settings }: CommandContext): Algorithm | undefined {
  const algorithm = parseChoice<Algorithm>(String(options.alg ?? settings.algorithm), algorithmNames);
  if (algorithm.ok) return algorithm.value;
  output.fail(`--alg must be ${algorithm.allowed}`);
  return undefined;
}
