// Decides what of the audit log is asked for, and which filters cannot be meant.
import type { AuditQuery } from '@parley/contract';
import { adminTexts } from '../../texts/en-admin.ts';

const t = adminTexts.audit;

/** What administrators typed. Days are local days as `2026-11-22`; empty means no filter. */
export interface AuditFilters {
  name: string;
  user: string;
  outcome: '' | 'success' | 'failure';
  since: string;
  until: string;
}

/** No filter at all. */
export const NO_FILTERS: AuditFilters = { name: '', user: '', outcome: '', since: '', until: '' };

/** What is wrong, by field. */
export type AuditFilterErrors = { name?: string; user?: string };

const NAME = /^[a-z_.]{1,60}\*?$/;
const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Checks what can be known without the server. */
export function checkFilters({ name, user }: AuditFilters): AuditFilterErrors {
  return {
    ...(name.trim() === '' || NAME.test(name.trim()) ? {} : { name: t.nameWrong }),
    ...(user.trim() === '' || ID.test(user.trim()) ? {} : { user: t.userWrong }),
  };
}

/** The filters as the API knows them; whole local days, the last one included. */
export function queryOf(filters: AuditFilters): Omit<AuditQuery, 'limit' | 'after'> {
  const { name, user, outcome, since, until } = filters;
  return {
    ...(name.trim() === '' ? {} : { name: name.trim() }),
    ...(user.trim() === '' ? {} : { user: user.trim() }),
    ...(outcome === '' ? {} : { outcome }),
    ...(since === '' ? {} : { since: new Date(`${since}T00:00:00`).toISOString() }),
    ...(until === '' ? {} : { until: new Date(`${until}T23:59:59.999`).toISOString() }),
  };
}
