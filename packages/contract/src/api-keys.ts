// Decides the bodies of the keys that programs work with.
import { z } from 'zod';
import { Id, Label, Time } from './ids.ts';
import { RIGHTS, RIGHT_NAMES, type Right } from './rights.ts';

/** The rights that a key may have. */
export const SCOPES = RIGHT_NAMES.filter((right) => RIGHTS[right].grantable);
/** See {@link SCOPES}. */
export const Scope = z.enum(SCOPES as [Right, ...Right[]]);

/** A key of a program; its secret is not in it. `replacedBy` is the key that took over, while both still work. */
export const ApiKey = z.object({
  id: Id,
  name: z.string(),
  scopes: z.array(Scope),
  createdAt: Time,
  expiresAt: Time,
  lastUsedAt: Time.nullable(),
  replacedBy: Id.nullable(),
});
/** See {@link ApiKey}. */
export type ApiKey = z.infer<typeof ApiKey>;

/** A person's keys that still work. */
export const ApiKeyList = z.object({ data: z.array(ApiKey) });
/** See {@link ApiKeyList}. */
export type ApiKeyList = z.infer<typeof ApiKeyList>;

/** Asks for a key. It never has a right that its maker lacks. */
export const ApiKeyCreate = z.strictObject({
  name: Label,
  scopes: z.array(Scope).min(1).max(64),
  expiresInDays: z.number().int().min(1).max(366).default(90),
});
/** See {@link ApiKeyCreate}. */
export type ApiKeyCreate = z.input<typeof ApiKeyCreate>;

/** A new key with its secret, which is not shown again. */
export const ApiKeyCreated = z.object({ key: ApiKey, secret: z.string() });
/** See {@link ApiKeyCreated}. */
export type ApiKeyCreated = z.infer<typeof ApiKeyCreated>;
