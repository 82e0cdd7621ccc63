// Decides how options of a channel are overridden for one subscription, by tokens, backends and the server API.
import type { Fields } from './fields.ts';

/** Options of a channel that hold differently for one subscription; what is absent is as the channel has it. */
export type Override = {
  readonly [Name in (typeof overridable)[number]]?: { readonly value: boolean };
};

const overridable = ['presence', 'join_leave', 'force_push_join_leave', 'force_recovery', 'force_positioning'] as const;

/** Reads the member `override`. Undefined if it is absent. */
export function readOverride(fields: Fields): Override | undefined {
  const nested = fields.nested('override');
  if (nested === undefined) return undefined;
  const override: { -readonly [Name in keyof Override]: Override[Name] } = {};
  for (const name of overridable) {
    const option = nested.nested(name);
    if (option === undefined) continue;
    override[name] = { value: option.flag('value') };
    nested.isBroken ||= option.isBroken;
  }
  fields.isBroken ||= nested.isBroken;
  return override;
}
