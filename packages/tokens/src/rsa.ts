// Decides how RSA signs and verifies, and which keys it takes: long and odd enough, and not of the ROCA kind.
import {
  constants,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  generateKeyPairSync,
  sign,
  verify,
} from 'node:crypto';
import type { KeyObject, SigningOptions } from 'node:crypto';
import { promisify } from 'node:util';
import { decodeMember, exportMembers } from './algorithm.ts';
import type { AlgorithmRow, ImportedKey, KeyMaterial } from './algorithm.ts';
import type { JsonObject } from './parse.ts';

const generated = { modulusLength: 3072, publicExponent: 65_537 } as const;
const minModulusBits = 2048;
const maxModulusBits = 8192;
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi'] as const;

/** RSASSA-PKCS1-v1_5, or RSASSA-PSS with a salt as long as the hash; both with SHA-256. */
export function rsaRow(padding: 'pkcs1' | 'pss'): AlgorithmRow {
  const options: SigningOptions =
    padding === 'pkcs1'
      ? { padding: constants.RSA_PKCS1_PADDING }
      : { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  const row: AlgorithmRow = {
    symmetric: false,
    generate: () => toMaterial(generateKeyPairSync('rsa', generated)),
    generateBeside: async () => toMaterial(await promisify(generateKeyPair)('rsa', generated)),
    fromJwk: (jwk) => readRsaKey(jwk, (key) => row.verify(probe, row.sign(probe, key.signWith), key.verifyWith)),
    toJwk(key, half) {
      const hasPrivate = half === 'private' && key.signWith !== undefined;
      const names = hasPrivate ? privateMembers : [];
      return exportMembers(hasPrivate ? key.signWith : key.verifyWith, ['kty', 'n', 'e', ...names]);
    },
    sign: (input, key) => sign('sha256', Buffer.from(input, 'latin1'), { key, ...options }),
    verify: (input, signature, key) => verify('sha256', Buffer.from(input, 'latin1'), { key, ...options }, signature),
  };
  return row;
}

const probe = 'whether both halves belong together';

const toMaterial = ({ publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject }): KeyMaterial => ({
  verifyWith: publicKey,
  signWith: privateKey,
});

function readRsaKey(
  jwk: JsonObject,
  belongTogether: (key: { verifyWith: KeyObject; signWith: KeyObject }) => boolean,
): ImportedKey {
  const members = Object.fromEntries(['n', 'e'].map((name) => [name, decodeMember(jwk[name])?.toString('base64url')]));
  if (jwk.kty !== 'RSA' || members.n === undefined || members.e === undefined) return { ok: false, problem: 'bad_key' };
  const verifyWith = orUndefined(() => createPublicKey({ key: { kty: 'RSA', ...members }, format: 'jwk' }));
  if (verifyWith === undefined) return { ok: false, problem: 'bad_key' };
  if (!isStrongRsa(verifyWith)) return { ok: false, problem: 'weak_rsa' };
  if (jwk.d === undefined) return { ok: true, key: { verifyWith, signWith: undefined } };
  const secrets = Object.fromEntries(
    privateMembers.map((name) => [name, decodeMember(jwk[name])?.toString('base64url')]),
  );
  if (Object.values(secrets).includes(undefined)) return { ok: false, problem: 'bad_key' };
  const signWith = orUndefined(() => createPrivateKey({ key: { kty: 'RSA', ...members, ...secrets }, format: 'jwk' }));
  if (signWith === undefined) return { ok: false, problem: 'bad_key' };
  const isPair = orUndefined(() => belongTogether({ verifyWith, signWith })) === true;
  return isPair ? { ok: true, key: { verifyWith, signWith } } : { ok: false, problem: 'halves_differ' };
}

function orUndefined<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined; // the platform's words name no cause that an operator could use
  }
}

/** Whether an RSA key has an odd modulus of 2048 to 8192 bits, an odd exponent from 65537, and does not show the ROCA flaw. */
export function isStrongRsa(key: KeyObject): boolean {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (modulusLength < minModulusBits || modulusLength > maxModulusBits) return false;
  if (publicExponent < 65_537n || publicExponent % 2n === 0n) return false;
  const { n = '' } = key.export({ format: 'jwk' });
  const modulus = BigInt(`0x${Buffer.from(n, 'base64url').toString('hex')}`);
  return modulus % 2n === 1n && !isRoca(modulus);
}

// Odd primes whose powers of 65537 are few among the residues; a good modulus fails at one of them.
const rocaPrimes = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157];

/** CVE-2017-15361: the primes of a flawed library are powers of 65537 modulo a product of small primes; so is the modulus. */
function isRoca(modulus: bigint): boolean {
  return rocaPrimes.every((prime) => powersOf65537(prime).has(Number(modulus % BigInt(prime))));
}

function powersOf65537(prime: number): ReadonlySet<number> {
  const powers = new Set<number>();
  for (let power = 1; !powers.has(power); power = (power * 65_537) % prime) powers.add(power);
  return powers;
}
