// Decides how fast tokens are verified: beside its floor, the bare signature check and JSON.parse over the same bytes.
import {
  constants,
  createHmac,
  createSecretKey,
  generateKeyPairSync,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto';
import type { AccessClaims } from '../packages/tokens/src/index.ts';
import {
  createKeyring,
  createProfile,
  createSigner,
  createVerifier,
  generateKey,
} from '../packages/tokens/src/index.ts';
import { atLeast, beside, median, report } from './harness/report.ts';

interface Round {
  perSecond: number;
  cpuMicroseconds: number;
}

interface Result extends Round {
  floorPerSecond: number;
  floorCpuMicroseconds: number;
}

const rounds = 5;

/** Runs `work` for about half a second: calls per second, and CPU microseconds a call. */
function measure(work: () => boolean): Round {
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  let calls = 0;
  let elapsedMs = 0;
  while (elapsedMs < 500) {
    for (let at = 0; at < 500; at += 1) if (!work()) throw new Error('a verification failed');
    calls += 500;
    elapsedMs = performance.now() - startedMs;
  }
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond: (calls * 1000) / elapsedMs, cpuMicroseconds: (user + system) / calls };
}

/** Measures work and floor in turns, so that both see the same machine. */
function compare(work: () => boolean, floor: () => boolean): Result {
  measure(work);
  measure(floor);
  const pairs = Array.from({ length: rounds }, () => ({ work: measure(work), floor: measure(floor) }));
  return {
    perSecond: median(pairs.map((pair) => pair.work.perSecond)),
    cpuMicroseconds: median(pairs.map((pair) => pair.work.cpuMicroseconds)),
    floorPerSecond: median(pairs.map((pair) => pair.floor.perSecond)),
    floorCpuMicroseconds: median(pairs.map((pair) => pair.floor.cpuMicroseconds)),
  };
}

/** The look-ups of a revocation list with 100,000 entries: session, token, user's epoch. */
function createRevocations(): (claims: AccessClaims) => boolean {
  const ended = new Set(Array.from({ length: 100_000 }, (_, at) => `sid:${at}`));
  const epochs = new Map(Array.from({ length: 1000 }, (_, at) => [`user-${at}`, 2]));
  return ({ sub, sid, jti, uv }) => ended.has(`sid:${sid}`) || ended.has(`jti:${jti}`) || uv < (epochs.get(sub) ?? 0);
}

function benchmark(alg: 'HS256' | Asymmetric): Result {
  const ring = createKeyring('access', [generateKey(alg, 'current')]);
  const issuer = 'https://parley.example';
  const profile = createProfile({ kind: 'access', issuer, algorithms: [alg], ring, maxLifeSeconds: 900 });
  const clock = { now: Date.now };
  const signToken = createSigner(profile, clock);
  const verifyToken = createVerifier(profile, clock);
  const isRevoked = createRevocations();
  const tokens = Array.from({ length: 256 }, (_, at) =>
    signToken(
      {
        sub: `0199a3c2-7b1e-7c10-9d00-${String(at).padStart(12, '0')}`,
        sid: `0199a3c2-7b1e-7c11-9d00-${String(at).padStart(12, '0')}`,
        uv: 3,
        role: 'member',
        scope: 'api',
        client_id: 'parley-web',
      },
      900,
    ),
  );
  let turn = 0;
  const nextToken = (): string => tokens[(turn += 1) % tokens.length] ?? '';
  const checkFloor = createFloor(alg, tokens);
  return compare(
    () => {
      const verified = verifyToken(nextToken());
      return verified.ok && !isRevoked(verified.claims);
    },
    () => checkFloor((turn += 1) % tokens.length),
  );
}

/** The signature check alone, over bytes that lie ready, with a key of its own, and the parsing of the claims. */
function createFloor(alg: 'HS256' | Asymmetric, tokens: readonly string[]): (at: number) => boolean {
  const parts = tokens.map((token) => ({
    input: Buffer.from(token.slice(0, token.lastIndexOf('.'))),
    claims: Buffer.from(token.split('.')[1] ?? '', 'base64url').toString(),
  }));
  if (alg === 'HS256') {
    const key = createSecretKey(Buffer.alloc(32, 7));
    const macOf = (input: Buffer): Buffer => createHmac('sha256', key).update(input).digest();
    const macs = parts.map(({ input }) => macOf(input));
    return (at) => {
      const part = parts[at]!;
      return timingSafeEqual(macOf(part.input), macs[at]!) && JSON.parse(part.claims) !== null;
    };
  }
  const { publicKey, privateKey, digest, ...how } = rawKeys(alg);
  const signatures = parts.map(({ input }) => sign(digest, input, { key: privateKey, ...how }));
  return (at) => verify(digest, parts[at]!.input, { key: publicKey, ...how }, signatures[at]!);
}

/** A key pair for the floor, and how the platform is asked for the algorithm. */
function rawKeys(alg: Asymmetric) {
  if (alg === 'EdDSA') return { ...generateKeyPairSync('ed25519'), digest: null };
  if (alg === 'RS256') return { ...generateKeyPairSync('rsa', { modulusLength: 3072 }), digest: 'sha256' };
  if (alg === 'PS256') {
    const how = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32, digest: 'sha256' };
    return { ...generateKeyPairSync('rsa', { modulusLength: 3072 }), ...how };
  }
  const [namedCurve, digest] = alg === 'ES256' ? ['prime256v1', 'sha256'] : ['secp384r1', 'sha384'];
  return { ...generateKeyPairSync('ec', { namedCurve }), digest, dsaEncoding: 'ieee-p1363' as const };
}

const asymmetric = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'] as const;
type Asymmetric = (typeof asymmetric)[number];

const hs256 = benchmark('HS256');
report([
  // Per second of CPU time: what one core does when nobody else uses it.
  atLeast({
    name: 'token check HS256 with revocation look-up',
    unit: 'checks/CPU s',
    value: 1_000_000 / hs256.cpuMicroseconds,
    floor: 1_000_000 / hs256.floorCpuMicroseconds,
    target: 100_000,
  }),
  { name: 'token check HS256, by the clock', unit: 'checks/s', value: hs256.perSecond, floor: hs256.floorPerSecond },
  beside({
    name: 'token check HS256',
    unit: 'µs CPU/check',
    value: hs256.cpuMicroseconds,
    floor: hs256.floorCpuMicroseconds,
  }),
  ...asymmetric.map((alg) => {
    const measured = benchmark(alg);
    const raw = 1_000_000 / measured.floorCpuMicroseconds;
    return atLeast({
      name: `token check ${alg}, at least 75 % of the bare verify`,
      unit: 'checks/CPU s',
      value: 1_000_000 / measured.cpuMicroseconds,
      floor: raw,
      target: 0.75 * raw,
    });
  }),
]);
