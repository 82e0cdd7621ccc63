// Decides how schemas judge what comes in, and how a wrong field is named (RFC 6901).
import type { FieldProblem } from '@parley/contract';
import type { FastifySchemaCompiler } from 'fastify';
import type { z } from 'zod';
import { InvalidRequest } from './problems.ts';

/** Wrong fields that one answer names at most. */
const MAX_ERRORS = 20;

/**
 * Names a place in a JSON document.
 *
 * @param path keys and indices from the root
 * @returns an RFC 6901 pointer; "" is the whole document
 */
export function jsonPointer(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function fieldProblems(issues: readonly z.core.$ZodIssue[]): FieldProblem[] {
  return issues
    .flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => ({ pointer: jsonPointer([...issue.path, key]), message: 'is not known here' }))
        : [{ pointer: jsonPointer(issue.path), message: issue.message }],
    )
    .slice(0, MAX_ERRORS);
}

/** Checks bodies, queries and parameters with their zod schema; the error carries every wrong field. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> =
  ({ schema }) =>
  (data: unknown) => {
    const result = schema.safeParse(data);
    return result.success ? { value: result.data } : { error: new InvalidRequest(fieldProblems(result.error.issues)) };
  };
