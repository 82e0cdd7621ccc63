// Decides the form of identifiers, times and pages that every body shares.
import { z } from 'zod';

/** A UUIDv7 in its canonical lower-case text form. Sorts by time of creation. */
export const Id = z.uuid().meta({ description: 'UUIDv7' });

/** An instant, RFC 3339 in UTC with milliseconds, such as `2026-11-22T15:53:56.000Z`. */
export const Time = z.iso.datetime();

/** A position in a room's own gapless sequence: 0 means "before the first". */
export const Sequence = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** Text as people write it: half characters and U+0000, which no database and no other program keeps alike, are refused. */
export const PlainText = z.string().refine((text) => text.isWellFormed() && !text.includes('\0'), {
  error: 'must not hold half characters (lone surrogates) or U+0000',
});

/** What somebody calls a thing of theirs: one line, because mails and lists show it among words of ours. */
export const Label = PlainText.trim()
  .min(1)
  .max(80)
  .regex(/^[^\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]*$/u, { error: 'must be one line without direction marks' });

/** Default and greatest number of items in one page. */
export const PAGE_DEFAULT = 50;
/** Greatest `limit` that a list accepts. */
export const PAGE_MAX = 200;

/** `limit` as it comes in a query string: 1 to {@link PAGE_MAX}, default {@link PAGE_DEFAULT}. */
export const Limit = z.coerce.number().int().min(1).max(PAGE_MAX).default(PAGE_DEFAULT);

/** An opaque cursor: hand back what a page gave, never build one. */
export const Cursor = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[A-Za-z0-9_-]+$/);

/**
 * Where a page stands. `prev` leads to older items, `next` to newer ones; null where there are none known.
 */
export const PageInfo = z.object({
  next: Cursor.nullable(),
  prev: Cursor.nullable(),
  hasMore: z.boolean().meta({ description: 'whether more items follow in the direction that was asked for' }),
});
/** See {@link PageInfo}. */
export type PageInfo = z.infer<typeof PageInfo>;

/**
 * Builds the schema of a page of `item`.
 *
 * @returns `{ data: item[], page: PageInfo }`
 */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ data: z.array(item), page: PageInfo });
}
