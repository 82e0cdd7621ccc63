// Decides how tests make and use passkeys without a browser: ES256, no attestation, a counter, everything changeable.
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

/** What a test may get wrong on purpose. */
export interface Tampering {
  origin?: string;
  rpId?: string;
  challenge?: string;
  type?: string;
  isVerified?: boolean;
  counter?: number;
  userHandle?: string | undefined;
  /** The attestation's format and statement, in CBOR. */
  attestation?: { format: string; statement: Buffer };
}

/** Options of a ceremony, as the server gave them. */
export interface CeremonyOptions {
  challenge: string;
  rp?: { id: string };
  rpId?: string;
  user?: { id: string };
}

/** A passkey in software. */
export interface SoftwarePasskey {
  id: string;
  /** What `navigator.credentials.create` would give. */
  create(options: CeremonyOptions, tampering?: Tampering): Record<string, unknown>;
  /** What `navigator.credentials.get` would give; the counter grows by one each time. */
  get(options: CeremonyOptions, tampering?: Tampering): Record<string, unknown>;
}

const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;
const HAS_CREDENTIAL = 0x40;

/** Makes a passkey for pages of `origin`. */
export function createPasskey(origin: string): SoftwarePasskey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const id = randomBytes(32);
  const state = { counter: 0, userHandle: undefined as string | undefined };
  const common = { id: id.toString('base64url'), rawId: id.toString('base64url'), type: 'public-key' };

  return {
    id: common.id,
    create(options, tampering = {}) {
      state.userHandle = options.user?.id;
      const client = clientData('webauthn.create', options, { origin, ...tampering });
      const credential = Buffer.concat([Buffer.alloc(16), uint16(id.length), id, coseKey(publicKey)]);
      const data = authenticatorData(options, { ...tampering, counter: tampering.counter ?? 0, credential });
      const { format, statement } = tampering.attestation ?? { format: 'none', statement: Buffer.from([0xa0]) };
      const attestationObject = Buffer.concat([
        Buffer.from([0xa3]),
        cborText('fmt'),
        cborText(format),
        cborText('attStmt'),
        statement,
        cborText('authData'),
        cborBytes(data),
      ]);
      const response = {
        clientDataJSON: client.toString('base64url'),
        attestationObject: attestationObject.toString('base64url'),
        transports: ['internal'],
      };
      return { ...common, response, clientExtensionResults: {} };
    },
    get(options, tampering = {}) {
      state.counter = tampering.counter ?? state.counter + 1;
      const client = clientData('webauthn.get', options, { origin, ...tampering });
      const data = authenticatorData(options, { ...tampering, counter: state.counter });
      const signed = Buffer.concat([data, createHash('sha256').update(client).digest()]);
      const userHandle = 'userHandle' in tampering ? tampering.userHandle : state.userHandle;
      const response = {
        clientDataJSON: client.toString('base64url'),
        authenticatorData: data.toString('base64url'),
        signature: sign('sha256', signed, privateKey).toString('base64url'),
        ...(userHandle === undefined ? {} : { userHandle }),
      };
      return { ...common, response, clientExtensionResults: {} };
    },
  };
}

function clientData(type: string, options: CeremonyOptions, tampering: Tampering): Buffer {
  const { origin, challenge = options.challenge } = tampering;
  return Buffer.from(JSON.stringify({ type: tampering.type ?? type, challenge, origin, crossOrigin: false }));
}

function authenticatorData(
  options: CeremonyOptions,
  made: Tampering & { counter: number; credential?: Buffer },
): Buffer {
  const rpId = made.rpId ?? options.rp?.id ?? options.rpId ?? '';
  const verified = made.isVerified === false ? 0 : USER_VERIFIED;
  const counter = Buffer.alloc(4);
  counter.writeUInt32BE(made.counter);
  const { credential } = made;
  const flags = USER_PRESENT | verified | (credential === undefined ? 0 : HAS_CREDENTIAL);
  const hash = createHash('sha256').update(rpId).digest();
  return Buffer.concat([hash, Buffer.from([flags]), counter, credential ?? Buffer.alloc(0)]);
}

/** The public key as COSE writes it: EC2, ES256, P-256, x, y. */
function coseKey(publicKey: KeyObject): Buffer {
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const [xBytes, yBytes] = [Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')];
  const head = Buffer.from([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21]);
  return Buffer.concat([head, cborBytes(xBytes), Buffer.from([0x22]), cborBytes(yBytes)]);
}

const cborText = (text: string): Buffer => Buffer.concat([Buffer.from([0x60 + text.length]), Buffer.from(text)]);

function cborBytes(bytes: Buffer): Buffer {
  // The shortest form of a length is the only one that verifiers take.
  const head = bytes.length < 256 ? Buffer.from([0x58, bytes.length]) : Buffer.from([0x59, ...uint16(bytes.length)]);
  return Buffer.concat([head, bytes]);
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}
