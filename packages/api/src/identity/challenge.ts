// Decides what a proof of work looks like, which one is good, and that each is good once.
import { createHash, randomBytes } from 'node:crypto';
import type { ProofOfWork } from '@parley/contract';
import type { SecretKeys } from '@parley/tokens';
import type { Clock } from '../context.ts';
import { LIMITS } from '../http/limits.ts';
import type { RateLimits } from '../http/rate-limits.ts';
import { isSeal, seal } from './sealed-names.ts';

/** Makes and checks challenges. `whose` is what one is bound to: the name and the source that it was made for. */
export interface Challenges {
  make(whose: string): ProofOfWork;
  /** Whether a proof solves a challenge that was made for `whose`, in time; a second time it does not. */
  accept(proof: string, whose: string): Promise<boolean>;
}

/** How much work a challenge asks for: parts, and the zero bits that each has to begin with. */
export interface Work {
  bits: number;
  parts: number;
}

const PROOF = /^([A-Za-z0-9_-]{22})~(\d{1,15})~([A-Za-z0-9_-]{1,64})~([A-Za-z0-9_-]{43})((?:\.\d{1,12}){1,16})$/;

function zeroBits(digest: Buffer): number {
  return Math.clz32(digest.readUInt32BE(0));
}

/** Whether each number solves its part of the puzzle. */
function isSolved(puzzle: string, numbers: readonly string[], { bits, parts }: Work): boolean {
  if (numbers.length !== parts) return false;
  return numbers.every(
    (number, part) => zeroBits(createHash('sha256').update(`${puzzle}.${part}.${number}`).digest()) >= bits,
  );
}

/** Makes the challenges. Solved ones are counted like requests, where those are counted: each is good once. */
export function createChallenges(
  ports: { secretKeys: Pick<SecretKeys, 'current' | 'find'>; clock: Clock; limits: Pick<RateLimits, 'take'> },
  work: Work = LIMITS.challenge,
): Challenges {
  const { secretKeys, clock, limits } = ports;
  return {
    make(whose) {
      const { bits, parts } = work;
      const puzzle = randomBytes(16).toString('base64url');
      const expiresAt = clock.now() + LIMITS.challenge.lifeMs;
      const { kid } = secretKeys.current('device');
      const mac = seal(secretKeys, 'challenge', `${puzzle}\n${expiresAt}\n${whose}`);
      const sealText = `${puzzle}~${expiresAt}~${kid}~${mac}`;
      return { kind: 'sha256', puzzle, seal: sealText, parts, bits, expiresAt: new Date(expiresAt).toISOString() };
    },
    async accept(proof, whose) {
      const [, puzzle, expires, kid, mac, numbers] = PROOF.exec(proof) ?? [];
      if (puzzle === undefined || kid === undefined || mac === undefined || numbers === undefined) return false;
      const text = `${puzzle}\n${expires}\n${whose}`;
      if (!isSeal(secretKeys, { purpose: 'challenge', kid, text }, mac)) return false;
      const expiresAt = Number(expires);
      if (expiresAt <= clock.now()) return false;
      if (!isSolved(puzzle, numbers.slice(1).split('.'), work)) return false;
      return (await limits.take('challenge-spent', puzzle)).ok;
    },
  };
}
