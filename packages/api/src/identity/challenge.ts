// Decides what a proof of work looks like, which one is good, and that each is good once.
import { createHash, randomBytes } from 'node:crypto';
import type { ProofOfWork } from '@parley/contract';
import type { SecretKeys } from '@parley/tokens';
import type { Clock } from '../context.ts';
import { LIMITS } from '../http/limits.ts';
import { isSeal, seal } from './sealed-names.ts';

/** Makes and checks challenges. `whose` is what one is bound to: the name and the source that it was made for. */
export interface Challenges {
  make(whose: string): ProofOfWork;
  /** Whether a proof solves a challenge that was made for `whose`, in time; a second time it does not. */
  accept(proof: string, whose: string): boolean;
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

/** Makes the challenges of one process. Solved ones are remembered here: with several nodes each is good once a node. */
export function createChallenges(
  ports: { secretKeys: Pick<SecretKeys, 'current' | 'find'>; clock: Clock },
  work: Work = LIMITS.challenge,
): Challenges {
  const { secretKeys, clock } = ports;
  // In the order of their use; one leaves when it has expired or there are too many.
  const spent = new Map<string, number>();
  const spend = (puzzle: string, expiresAt: number): void => {
    spent.set(puzzle, expiresAt);
    for (const [oldest, end] of spent) {
      if (end > clock.now() && spent.size <= LIMITS.challenge.remembered) return;
      spent.delete(oldest);
    }
  };
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
    accept(proof, whose) {
      const [, puzzle, expires, kid, mac, numbers] = PROOF.exec(proof) ?? [];
      if (puzzle === undefined || kid === undefined || mac === undefined || numbers === undefined) return false;
      const text = `${puzzle}\n${expires}\n${whose}`;
      if (!isSeal(secretKeys, { purpose: 'challenge', kid, text }, mac)) return false;
      const expiresAt = Number(expires);
      if (expiresAt <= clock.now() || spent.has(puzzle)) return false;
      if (!isSolved(puzzle, numbers.slice(1).split('.'), work)) return false;
      spend(puzzle, expiresAt);
      return true;
    },
  };
}
