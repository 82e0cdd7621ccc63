// Decides how components reach the API, and how a query's failure becomes a problem to show.
import { ParleyProblem } from '@parley/client';
import type { Endpoints } from '@parley/client';
import { useParley } from '@parley/react';
import { texts } from './texts/en.ts';

/** How many entries the lists of people and rooms ask for at once. */
export const PAGE_SIZE = 100;

/** The API with the present session's token. */
export const useApi = (): Endpoints => useParley().api;

/**
 * The problem behind a query's error.
 *
 * @returns undefined without an error; an unknown error becomes a problem without a request id
 */
export function problemOf(error: unknown): ParleyProblem | undefined {
  if (error === null || error === undefined) return undefined;
  if (error instanceof ParleyProblem) return error;
  return new ParleyProblem({ status: 0, code: 'response.unreadable', title: texts.problem.title });
}
