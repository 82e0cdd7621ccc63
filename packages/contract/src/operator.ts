// Decides what an operator at the machine asks of a running server about people, and what it answers.
import { z } from 'zod';
import { AdminUser, AdminUserQuery } from './admin.ts';
import { DisplayName, Email, NewPassword, Role } from './identity.ts';
import { FieldProblem } from './problems.ts';

/** One order. People are named by their address. */
export const OperatorOrder = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('list'), query: AdminUserQuery }),
  z.strictObject({
    action: z.literal('change'),
    email: Email,
    role: Role.optional(),
    disabled: z.boolean().optional(),
  }),
  z.strictObject({ action: z.literal('unlock'), email: Email }),
  z.strictObject({ action: z.literal('reset-factors'), email: Email }),
  z.strictObject({ action: z.literal('create'), email: Email, name: DisplayName, password: NewPassword, role: Role }),
]);
/** See {@link OperatorOrder}. */
export type OperatorOrder = z.input<typeof OperatorOrder>;

/** The people that an order was about, or why it was refused. `next` leads to more of a list. */
export const OperatorAnswer = z.union([
  z.object({ ok: z.literal(true), people: z.array(AdminUser), next: z.string().nullable() }),
  z.object({ ok: z.literal(false), problem: z.enum(['not_found', 'user.last_admin']) }),
  z.object({
    ok: z.literal(false),
    problem: z.enum(['request.invalid', 'password.policy', 'user.exists', 'server.busy']),
    /** Each field of a new account that was wrong. */
    errors: z.array(FieldProblem),
  }),
]);
/** See {@link OperatorAnswer}. */
export type OperatorAnswer = z.infer<typeof OperatorAnswer>;
