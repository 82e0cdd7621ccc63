// Decides which keys out of a configuration stand behind a token of a Centrifugo application.
import { foreignAlgorithms, foreignKeyFromPem, foreignSecret } from './foreign-algorithms.ts';
import type { ForeignAlgorithm, ForeignKey } from './foreign-algorithms.ts';
import type { Compact } from './parse.ts';

/** A key that a token may be signed with. */
export interface Candidate extends ForeignKey {
  /** Only tokens with an `iat` up to this Unix second pass. 0: no limit. */
  readonly issuedUntilSeconds: number;
}

/** A candidate without a limit. */
export const unlimited = (key: ForeignKey): Candidate => ({ ...key, issuedUntilSeconds: 0 });

/**
 * Makes the candidate of a shared secret.
 *
 * @param secret text (its UTF-8 bytes are the key) or bytes
 * @throws TypeError if it is empty
 */
export const secretCandidate = (secret: string | Uint8Array, issuedUntilSeconds: number): Candidate => ({
  ...foreignSecret(typeof secret === 'string' ? Buffer.from(secret, 'utf8') : secret),
  issuedUntilSeconds,
});

/** Those keys for the algorithm under which the signature is right; a secret may stand there twice with different limits. */
export function findSigners(compact: Compact, alg: ForeignAlgorithm, keys: readonly Candidate[]): readonly Candidate[] {
  const verify = foreignAlgorithms[alg];
  return keys.filter((key) => verify(compact.signingInput, compact.signature, key.verifyWith));
}

/** Which kind of public key is asked for. */
export type PublicKeyKind = 'rsa' | 'ecdsa';

/** A public key, or one sentence on what is wrong and what to do. */
export type ReadKey = { ok: true; key: ForeignKey } | { ok: false; text: string };

const wanted: Readonly<Record<PublicKeyKind, { first: string; text: string }>> = {
  rsa: {
    first: 'RS',
    text: 'needs an RSA public key of 2048 to 8192 bits; make one with `openssl rsa -in private.pem -pubout`',
  },
  ecdsa: {
    first: 'ES',
    text: 'needs an ECDSA public key on P-256, P-384 or P-521; make one with `openssl ec -in private.pem -pubout`',
  },
};

/** Reads a public key from PEM text or from base64 of PEM text; every other kind of key is refused. */
export function readPublicKey(text: string, kind: PublicKeyKind): ReadKey {
  const pem = text.includes('-----BEGIN ') ? text : Buffer.from(text, 'base64').toString('latin1');
  const start = pem.indexOf('-----BEGIN ');
  if (start === -1) {
    return { ok: false, text: 'needs a public key as PEM text ("-----BEGIN PUBLIC KEY-----" …) or base64 of it' };
  }
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) {
    return { ok: false, text: 'holds a private key; keep that where tokens are signed and put its public half here' };
  }
  const key = foreignKeyFromPem(pem.slice(start));
  const { first, text: refusal } = wanted[kind];
  return key?.algorithms[0]?.startsWith(first) === true ? { ok: true, key } : { ok: false, text: refusal };
}
