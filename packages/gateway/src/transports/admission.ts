// Decides how many upgrades are carried out in one turn of the event loop, so that a storm of them does not stop everyone else.
import type { Duplex } from 'node:stream';
import { limits } from '../limits.ts';

/** Bounds, by default those of `limits`. */
export interface AdmissionLimits {
  readonly maxUpgradesPerTurn: number;
  readonly maxWaitingUpgrades: number;
}

interface Waiting {
  readonly socket: Duplex;
  readonly admit: () => void;
}

/**
 * Lets upgrades through in the order in which they came: at once while a turn has room, the others in later turns. What
 * follows an upgrade (reading, tokens, history) comes in the same portions, because a client waits for the answer.
 */
export class Admission {
  readonly #limits: AdmissionLimits;
  // Taken from the front by index; a shift of a long array would move it all each time.
  #waiting: Waiting[] = [];
  #first = 0;
  #admittedThisTurn = 0;

  constructor(bounds: AdmissionLimits = limits) {
    this.#limits = bounds;
  }

  /**
   * Calls `admit` now or in a later turn; never, if the socket ends meanwhile.
   *
   * @returns false if too many wait: nothing was done, and the peer should be told so
   */
  pass(socket: Duplex, admit: () => void): boolean {
    const waiting = this.#waiting.length - this.#first;
    if (waiting >= this.#limits.maxWaitingUpgrades) return false;
    if (waiting === 0 && this.#admittedThisTurn < this.#limits.maxUpgradesPerTurn) {
      this.#admitNow(admit);
    } else {
      // A socket without a listener for its errors would end the process.
      socket.on('error', destroyOnError);
      this.#waiting.push({ socket, admit });
    }
    return true;
  }

  #admitNow(admit: () => void): void {
    if (this.#admittedThisTurn === 0) setImmediate(this.#nextTurn);
    this.#admittedThisTurn += 1;
    admit();
  }

  readonly #nextTurn = (): void => {
    this.#admittedThisTurn = 0;
    const end = Math.min(this.#first + this.#limits.maxUpgradesPerTurn, this.#waiting.length);
    const admitted = this.#waiting.slice(this.#first, end);
    this.#first = end;
    if (this.#first * 2 >= this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#first);
      this.#first = 0;
    }
    for (const { socket, admit } of admitted) {
      socket.off('error', destroyOnError);
      if (!socket.destroyed) this.#admitNow(admit);
    }
    // All of this turn's may have ended while they waited.
    if (this.#admittedThisTurn === 0 && this.#waiting.length > this.#first) setImmediate(this.#nextTurn);
  };
}

function destroyOnError(this: Duplex): void {
  this.destroy();
}
