// Decides the body that tells people and programs what they may do.
import { z } from 'zod';
import { Role } from './identity.ts';
import { RIGHT_NAMES, type Right } from './rights.ts';

/** One's own rights, so that pages show what works. `scopes` is null for a person. */
export const OwnRights = z.object({
  role: Role,
  scopes: z.array(z.string()).nullable(),
  rights: z.array(z.enum(RIGHT_NAMES as [Right, ...Right[]])),
});
/** See {@link OwnRights}. */
export type OwnRights = z.infer<typeof OwnRights>;
