// Decides what the tabs of one account tell each other.
import type { Message, User } from '@parley/contract';

/** What goes over the channel of the tabs. Times are Unix milliseconds. */
export type TabMessage =
  | { kind: 'session.renewed'; accessToken: string; refreshAt: number; expiresAt: number; user: User }
  | { kind: 'session.ended'; reason: 'signed-out' | 'ended' }
  | { kind: 'outbox.changed'; userId: string }
  | { kind: 'outbox.sent'; userId: string; message: Message };

const FIELDS: Record<TabMessage['kind'], Readonly<Record<string, string>>> = {
  'session.renewed': { accessToken: 'string', refreshAt: 'number', expiresAt: 'number', user: 'object' },
  'session.ended': { reason: 'string' },
  'outbox.changed': { userId: 'string' },
  'outbox.sent': { userId: 'string', message: 'object' },
};

/** Whether `value` is a message of this version; a tab with another version of the page may send others. */
export function isTabMessage(value: unknown): value is TabMessage {
  if (typeof value !== 'object' || value === null || !('kind' in value) || typeof value.kind !== 'string') return false;
  if (!Object.hasOwn(FIELDS, value.kind)) return false;
  const fields = FIELDS[value.kind as TabMessage['kind']];
  return Object.entries(fields).every(([name, type]) => {
    const field: unknown = Reflect.get(value, name);
    return typeof field === type && field !== null;
  });
}
