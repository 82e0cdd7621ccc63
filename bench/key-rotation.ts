// Decides whether keys rotate without a failed token: rotations all the time under verifications at a steady rate.
// node bench/key-rotation.ts [--seconds 10] [--every 1] [--rate 5000]; the long run: --seconds 1800 --every 60.
import { setTimeout as pause } from 'node:timers/promises';
import {
  algorithmNames,
  changesBetween,
  createKeyring,
  createProfile,
  createSigner,
  createVerifier,
  followSchedule,
  addNext,
  generateKey,
  generateKeyBeside,
  publicJwks,
  revoke,
} from '../packages/tokens/src/index.ts';
import { below, numberOption, report } from './harness/report.ts';

const [seconds, everySeconds, rate] = [
  numberOption('seconds', 10),
  numberOption('every', 1),
  numberOption('rate', 5000),
];
const tokenLifeSeconds = Math.max(5, 2 * everySeconds);
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'];

const ring = createKeyring('access', [generateKey('HS256', 'current')]);
const profile = createProfile({
  kind: 'access',
  issuer: 'https://parley.example',
  algorithms: algorithmNames,
  ring,
  maxLifeSeconds: 900,
  leewaySeconds: 0,
});
const clock = { now: Date.now };
const signToken = createSigner(profile, clock);
const verifyToken = createVerifier(profile, clock);
const claims = { sub: 'user', sid: 'session', uv: 0, role: 'member', scope: '', client_id: 'bench' };

const counts = { verified: 0, failed: 0, rotations: 0, leaked: 0 };

/** Rotates as the schedule does, each time to another algorithm but RSA, whose making is not what is measured. */
async function rotate(): Promise<void> {
  const quick = algorithmNames.filter((alg) => !alg.endsWith('S256') || alg === 'HS256' || alg === 'ES256');
  const now = Math.floor(Date.now() / 1000);
  const rules = { intervalSeconds: 0, leadSeconds: 0, retiredSeconds: 2 * tokenLifeSeconds + 2 };
  const before = ring.keys();
  const made = await generateKeyBeside(quick[counts.rotations % quick.length] ?? 'HS256', 'next');
  ring.replace(followSchedule(addNext(before, made, now), rules, now).keys);
  if (changesBetween(before, ring.keys()).some(({ change }) => change === 'promoted')) counts.rotations += 1;
  for (const key of publicJwks(ring).keys) {
    if (privateMembers.some((name) => name in key)) counts.leaked += 1;
  }
}

/** Verifies the tokens of the last second, and signs one new token in ten. */
async function work(endMs: number): Promise<void> {
  const held: { token: string; endsMs: number }[] = [];
  const startedMs = performance.now();
  for (let done = 0; Date.now() < endMs;) {
    const due = ((performance.now() - startedMs) / 1000) * rate;
    for (; done < due; done += 1) {
      if (done % 10 === 0)
        held.push({ token: signToken(claims, tokenLifeSeconds), endsMs: Date.now() + tokenLifeSeconds * 1000 - 1000 });
      const chosen = held[done % held.length];
      if (chosen !== undefined && chosen.endsMs > Date.now()) {
        if (verifyToken(chosen.token).ok) counts.verified += 1;
        else counts.failed += 1;
      }
    }
    while (held.length > rate / 10 || (held[0]?.endsMs ?? Infinity) <= Date.now()) held.shift();
    await pause(1);
  }
}

async function rotations(endMs: number): Promise<void> {
  while (Date.now() < endMs) {
    await pause(everySeconds * 1000);
    await rotate();
  }
}

const endMs = Date.now() + seconds * 1000;
await Promise.all([work(endMs), rotations(endMs)]);

// An emergency: the current key is revoked in place.
const last = signToken(claims, 60);
const revokedAt = performance.now();
const kid = ring.current()?.kid ?? '';
const moved = revoke(ring.keys(), { kid, fresh: generateKey('HS256', 'next') }, Math.floor(Date.now() / 1000));
if (!moved.ok) throw new Error(moved.problem);
ring.replace(moved.keys);
if (verifyToken(last).ok) throw new Error('a revoked key still verifies');
const revokeMs = performance.now() - revokedAt;

report([
  { name: 'rotations', unit: 'keys', value: counts.rotations },
  { name: 'verifications meanwhile', unit: 'checks', value: counts.verified },
  below({ name: 'failed verifications', unit: 'checks', value: counts.failed, target: 0 }),
  below({ name: 'private members in the published sets', unit: 'keys', value: counts.leaked, target: 0 }),
  below({ name: 'revoked in place until refused', unit: 'ms', value: revokeMs, target: 1_000 }),
]);
