// Decides the settings of passwords: what a hash costs, how long a password must be, which list of stolen ones is asked.
import { parseInteger } from './values.ts';
import type { Parsed } from './values.ts';

/** Argon2id's memory in KiB, passes and lanes; the fewest characters; the rest is absent unless it is set. */
export interface PasswordSettings {
  argon2: { memoryCost: number; timeCost: number; parallelism: number };
  minLength: number;
  /** Computations at once. Absent: two, or one on a single processor. */
  parallel?: number;
  /** A sorted list of SHA-1 in the form of "Have I Been Pwned". */
  breachedFile?: string;
}

/** The names of the settings. */
export const passwordNames = [
  'PARLEY_ARGON2_MEMORY_KIB',
  'PARLEY_ARGON2_TIME',
  'PARLEY_ARGON2_PARALLELISM',
  'PARLEY_PASSWORD_MIN_LENGTH',
  'PARLEY_PASSWORD_PARALLEL',
  'PARLEY_BREACHED_PASSWORDS_FILE',
];

/** The cost that nobody goes below outside development: OWASP's minimum, 19 MiB, two passes, one lane. */
export const MINIMUM_COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** The most of each that a stored hash may ask for; more would be refused at the next login. */
const MAXIMUM_COST = { memoryCost: 1_048_576, timeCost: 10, parallelism: 16 } as const;

/** The least memory in development, where only the form of a hash counts. */
const DEVELOPMENT_MEMORY_KIB = 4_096;

/**
 * Reads the settings.
 *
 * @param parse reads one name with its default, and notes what is wrong with it
 * @returns undefined if something is wrong; it was noted
 */
export function readPasswordSettings(
  parse: (name: string, fallback: string, parser: (value: string) => Parsed<number>) => number | undefined,
  text: (name: string) => string | undefined,
): PasswordSettings | undefined {
  const isDevelopment = text('NODE_ENV') === 'development';
  const leastMemory = isDevelopment ? DEVELOPMENT_MEMORY_KIB : MINIMUM_COST.memoryCost;
  const integer = (name: string, fallback: number, bounds: { min: number; max: number }): number | undefined =>
    parse(name, String(fallback), (value) => parseInteger(value, bounds.min, bounds.max));
  const memoryCost = integer('PARLEY_ARGON2_MEMORY_KIB', leastMemory, {
    min: leastMemory,
    max: MAXIMUM_COST.memoryCost,
  });
  const timeCost = integer('PARLEY_ARGON2_TIME', MINIMUM_COST.timeCost, {
    min: isDevelopment ? 1 : MINIMUM_COST.timeCost,
    max: MAXIMUM_COST.timeCost,
  });
  const parallelism = integer('PARLEY_ARGON2_PARALLELISM', 1, { min: 1, max: MAXIMUM_COST.parallelism });
  const minLength = integer('PARLEY_PASSWORD_MIN_LENGTH', 12, { min: 8, max: 64 });
  const isParallelSet = text('PARLEY_PASSWORD_PARALLEL') !== undefined;
  const parallel = isParallelSet ? integer('PARLEY_PASSWORD_PARALLEL', 2, { min: 1, max: 64 }) : undefined;
  const breachedFile = text('PARLEY_BREACHED_PASSWORDS_FILE');
  if (memoryCost === undefined || timeCost === undefined || parallelism === undefined) return undefined;
  if (minLength === undefined || (isParallelSet && parallel === undefined)) return undefined;
  return {
    argon2: { memoryCost, timeCost, parallelism },
    minLength,
    ...(parallel === undefined ? {} : { parallel }),
    ...(breachedFile === undefined ? {} : { breachedFile }),
  };
}
