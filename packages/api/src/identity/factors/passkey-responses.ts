// Decides which answers of an authenticator are looked at: their form, and no certificates in them.
import { decodeAttestationObject } from '@simplewebauthn/server/helpers';
import { z } from 'zod';
import { LIMITS } from '../../http/limits.ts';

const Base64Url = z.string().regex(/^[A-Za-z0-9_-]+$/);
const common = {
  id: Base64Url.max(LIMITS.factors.credentialIdLength),
  rawId: Base64Url.max(LIMITS.factors.credentialIdLength),
  type: z.literal('public-key'),
  clientExtensionResults: z.looseObject({}).default({}),
};
const Transport = z.string().regex(/^[a-z-]{1,20}$/);

/** What `navigator.credentials.create` gave, as WebAuthn level 3 writes it in JSON. */
export const RegistrationResponse = z
  .object({
    ...common,
    response: z.object({
      clientDataJSON: Base64Url,
      attestationObject: Base64Url,
      transports: z.array(Transport).max(10).default([]),
    }),
  })
  .refine(({ response }) => isUnattested(response.attestationObject));
/** See {@link RegistrationResponse}. */
export type RegistrationResponse = z.output<typeof RegistrationResponse>;

/** What `navigator.credentials.get` gave, as WebAuthn level 3 writes it in JSON. */
export const AuthenticationResponse = z.object({
  ...common,
  response: z.object({
    clientDataJSON: Base64Url,
    authenticatorData: Base64Url,
    signature: Base64Url,
    userHandle: Base64Url.max(200).optional(),
  }),
});
/** See {@link AuthenticationResponse}. */
export type AuthenticationResponse = z.output<typeof AuthenticationResponse>;

/**
 * Whether an attestation names no certificates. We ask for none; who sends some anyway would have their chain checked,
 * and with it the addresses in it asked for revoked certificates.
 */
function isUnattested(attestationObject: string): boolean {
  try {
    const attestation = decodeAttestationObject(Buffer.from(attestationObject, 'base64url'));
    const format = attestation.get('fmt');
    return format === 'none' || (format === 'packed' && attestation.get('attStmt').get('x5c') === undefined);
  } catch {
    // What is no CBOR of this form is no attestation: that is this function's "no".
    return false;
  }
}
