// Decides what an operator at the machine asks of a running server about people, and what it answers.
import { z } from 'zod';
import { AdminUser, AdminUserQuery } from './admin.ts';
import { Email, Role } from './identity.ts';

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
]);
/** See {@link OperatorOrder}. */
export type OperatorOrder = z.input<typeof OperatorOrder>;

/** The people that an order was about, or why it was refused. `next` leads to more of a list. */
export const OperatorAnswer = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), people: z.array(AdminUser), next: z.string().nullable() }),
  z.object({ ok: z.literal(false), problem: z.enum(['not_found', 'user.last_admin']) }),
]);
/** See {@link OperatorAnswer}. */
export type OperatorAnswer = z.infer<typeof OperatorAnswer>;
