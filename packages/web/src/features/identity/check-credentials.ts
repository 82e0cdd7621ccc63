// Decides what is checked before credentials are sent, and which field a refusal belongs to.
import type { FieldProblem } from '@parley/contract';
import { texts } from '../../texts/en.ts';

/** What a person typed. `name` is empty where none is asked for. */
export type Credentials = { email: string; name: string; password: string };
/** What is wrong, by field. */
export type FieldErrors = { email?: string; name?: string; password?: string };

/**
 * Checks what can be known without the server. The server's own rules decide in the end.
 *
 * @param passwordMinLength in code points; given where an account is made, then the name is needed too
 */
export function checkCredentials(credentials: Credentials, passwordMinLength: number | undefined): FieldErrors {
  const errors: FieldErrors = {};
  if (credentials.email.trim() === '') errors.email = texts.identity.required;
  if (credentials.password === '') errors.password = texts.identity.required;
  if (passwordMinLength === undefined) return errors;
  if (credentials.name.trim() === '') errors.name = texts.identity.required;
  const password = checkNewPassword(credentials.password, passwordMinLength);
  if (password !== undefined) errors.password = password;
  return errors;
}

/**
 * What is wrong with a new password, as far as its length says it.
 *
 * @param min the shortest that is allowed, in code points
 */
export function checkNewPassword(password: string, min: number): string | undefined {
  if (password === '') return texts.identity.required;
  return Array.from(password.normalize('NFC')).length < min ? texts.identity.passwordShort(min) : undefined;
}

/** Sorts the field problems of a refusal by the fields of the form; others stay in the notice above it. */
export function fieldErrors(problems: readonly FieldProblem[]): FieldErrors {
  const errors: FieldErrors = {};
  for (const { pointer, message } of problems) {
    const field = pointer.split('/').at(-1);
    if (field === 'email' || field === 'name' || field === 'password') errors[field] = message;
  }
  return errors;
}
