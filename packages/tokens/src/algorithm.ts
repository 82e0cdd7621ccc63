// Decides the names of the algorithms that sign our own tokens, and what each of them can do.
import type { KeyObject } from 'node:crypto';
import type { JsonObject } from './parse.ts';
import type { KeyProblem } from './problems.ts';

/** The algorithms of our own tokens, as `alg` spells them. */
export const algorithmNames = ['HS256', 'HS384', 'HS512', 'RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'] as const;

/** See {@link algorithmNames}. */
export type Algorithm = (typeof algorithmNames)[number];

/**
 * Key material behind opaque objects, so that printing it shows nothing. `signWith` is missing where only the public
 * half is known; for symmetric algorithms both are the same object.
 */
export interface KeyMaterial {
  readonly verifyWith: KeyObject;
  readonly signWith: KeyObject | undefined;
}

/** Key material from a JWK, or why it is refused. */
export type ImportedKey = { ok: true; key: KeyMaterial } | { ok: false; problem: KeyProblem };

/** What one algorithm does. */
export interface AlgorithmRow {
  /** Symmetric keys are never published, and their ids are random. */
  readonly symmetric: boolean;
  /** At once: an RSA key takes up to a second of it. */
  generate(): KeyMaterial;
  /** The same beside the event loop, where it takes long. */
  generateBeside(): Promise<KeyMaterial>;
  /** Reads the members of a JWK; refuses weak keys. */
  fromJwk(jwk: JsonObject): ImportedKey;
  /** The members that identify the key, private ones only if asked for and known. */
  toJwk(key: KeyMaterial, half: 'public' | 'private'): Record<string, string>;
  sign(input: string, key: KeyObject): Buffer;
  /** Constant time where a secret is compared; false for every signature that is not exactly right. */
  verify(this: void, input: string, signature: Buffer, key: KeyObject): boolean;
}

/** Strict base64url; undefined for anything else. */
export function decodeMember(value: unknown): Buffer | undefined {
  if (typeof value !== 'string') return undefined;
  const bytes = Buffer.from(value, 'base64url');
  return bytes.length > 0 && bytes.toString('base64url') === value ? bytes : undefined;
}

/**
 * Writes the members of a JWK that `names` lists, in that order.
 *
 * @throws TypeError if the key lacks one
 */
export function exportMembers(key: KeyObject, names: readonly string[]): Record<string, string> {
  const jwk: Record<string, unknown> = { ...key.export({ format: 'jwk' }) };
  const members = names.map((name): [string, string] => {
    const value = jwk[name];
    if (typeof value !== 'string') throw new TypeError(`the key has no member ${name}`);
    return [name, value];
  });
  return Object.fromEntries(members);
}
