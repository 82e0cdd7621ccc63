// Runs public vectors of JWS against our parser, key checks and signature checks, from files that are not kept here.
// node e2e/vectors/run.ts PATH…: files of C2SP/wycheproof (json_web_signature_test.json) or of ietf-jose/cookbook (jws/*.json).
import { readFileSync } from 'node:fs';
import { algorithms, isAlgorithm } from '../../packages/tokens/src/algorithms.ts';
import { isObject, parseCompact } from '../../packages/tokens/src/parse.ts';
import type { JsonObject } from '../../packages/tokens/src/parse.ts';

/** A token with its key, and whether it is good. */
interface Vector {
  readonly name: string;
  readonly key: JsonObject;
  readonly token: unknown;
  readonly isValid: boolean;
}

// Cases of Wycheproof whose expectation is wrong or means something else than a strict JWT verifier: #236 and identity 2.1.
const knownDeviations: ReadonlySet<number> = new Set([346, 347, 349, 350, 351, 367, 370, 372, 373]);
const emptyPayloads: ReadonlySet<number> = new Set([259, 264, 268, 272, 320, 325]);

const limits = { tokenBytes: 65_536, headerBytes: 8_192, payloadBytes: 49_152, depth: 16 };

/** What we say; undefined: the algorithm of the key is none of ours. */
function judge({ key, token }: Vector): boolean | undefined {
  if (typeof token !== 'string') return false;
  const named = typeof key['alg'] === 'string' ? key['alg'] : undefined;
  const parsed = parseCompact(token, limits);
  const alg = named ?? (parsed.ok ? parsed.header['alg'] : undefined);
  if (!isAlgorithm(alg)) return undefined;
  if (!parsed.ok || parsed.header['alg'] !== alg || 'crit' in parsed.header || 'b64' in parsed.header) return false;
  const { use } = key;
  const imported = algorithms[alg].fromJwk(key);
  if (!imported.ok || (use !== undefined && use !== 'sig')) return false;
  return algorithms[alg].verify(parsed.signingInput, parsed.signature, imported.key.verifyWith);
}

function readVectors(file: string): Vector[] {
  const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (!isObject(content)) throw new Error(`${file} is no file of vectors`);
  return Array.isArray(content['testGroups']) ? wycheproof(content['testGroups']) : cookbook(content);
}

function wycheproof(groups: readonly unknown[]): Vector[] {
  return groups.filter(isObject).flatMap((group) => {
    const key = isObject(group['public']) ? group['public'] : group['private'];
    const tests = Array.isArray(group['tests']) ? group['tests'].filter(isObject) : [];
    return tests.map((one): Vector => ({
      name: String(one['tcId']),
      key: isObject(key) ? key : {},
      token: one['jws'],
      isValid: one['result'] !== 'invalid',
    }));
  });
}

/** The compact form has to pass; where there is none (detached, unprotected, several signatures) everything has to fail. */
function cookbook(content: JsonObject): Vector[] {
  const { input, output, title, signing } = content;
  const key = isObject(input) && isObject(input['key']) ? input['key'] : {};
  const compact = isObject(output) ? output['compact'] : undefined;
  const isDetached = typeof compact === 'string' && compact.includes('..');
  const isEncoded = !(isObject(signing) && isObject(signing['protected']) && signing['protected']['b64'] === false);
  const isValid = typeof compact === 'string' && !isDetached && isEncoded;
  const forms = isObject(output) ? [output['json'], output['json_flat']].filter((form) => form !== undefined) : [];
  const others = forms.map((form) => ({
    name: `${String(title)}, JSON`,
    key,
    token: JSON.stringify(form),
    isValid: false,
  }));
  return [{ name: String(title), key, token: compact, isValid }, ...others];
}

const files = process.argv.slice(2);
if (files.length === 0) process.stdout.write('skipped: no file of vectors was given (node e2e/vectors/run.ts PATH…)\n');
for (const file of files) {
  const told = { agreed: 0, notOurs: 0, known: [] as string[], wrong: [] as string[] };
  for (const vector of readVectors(file)) {
    const said = judge(vector);
    if (said === undefined) told.notOurs += 1;
    else if (said === vector.isValid) told.agreed += 1;
    else if (knownDeviations.has(Number(vector.name)) || emptyPayloads.has(Number(vector.name)))
      told.known.push(vector.name);
    else told.wrong.push(`${vector.name} (${said ? 'accepted' : 'refused'})`);
  }
  process.stdout.write(`${file}: ${told.agreed} as expected, ${told.notOurs} of algorithms that are not ours\n`);
  process.stdout.write(
    `  known deviations: ${told.known.join(', ') || 'none'}; unexpected: ${told.wrong.join(', ') || 'none'}\n`,
  );
  if (told.wrong.length > 0) process.exitCode = 1;
}
