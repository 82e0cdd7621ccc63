// Decides how tests solve a proof of work: with the platform's own SHA-256, so that the checker meets another's work.
import { createHash } from 'node:crypto';
import type { ProofOfWork } from '@parley/contract';

/** Solves a challenge. */
export function solve(challenge: ProofOfWork): string {
  const numbers = Array.from({ length: challenge.parts }, (_, part) => {
    let number = 0;
    const zeros = (): number => {
      const digest = createHash('sha256').update(`${challenge.puzzle}.${part}.${number}`).digest();
      return Math.clz32(digest.readUInt32BE(0));
    };
    while (zeros() < challenge.bits) number++;
    return number;
  });
  return [challenge.seal, ...numbers].join('.');
}
