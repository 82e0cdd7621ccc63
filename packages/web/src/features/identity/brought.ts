// Decides what a visit to a sign-in provider brought back in the fragment, and takes it out of the address at once.
import { ParleyProblem } from '@parley/client';
import type { AnyProblemCode, SignedIn } from '@parley/client';
import type { SecondFactorMethod } from '@parley/contract';
import { useEffect, useState } from 'react';
import { texts } from '../../texts/en.ts';

/** What came back: a refusal, the wish for a second factor, or the id of the provider that is linked now. */
export interface Brought {
  problem: ParleyProblem | undefined;
  wanted: Extract<SignedIn, { kind: 'second-factor' }> | undefined;
  linked: string | undefined;
}

const TITLES: Readonly<Record<string, string>> = texts.identity.brought;
const METHODS: readonly SecondFactorMethod[] = ['totp', 'recovery_code', 'passkey'];

/** A refusal by its code. Unknown words are never repeated: anybody can write a link. */
function problemOfCode(code: string): ParleyProblem {
  const known = Object.hasOwn(TITLES, code);
  return new ParleyProblem({
    status: 0,
    code: known ? (code as AnyProblemCode) : 'provider.failed',
    title: (known ? TITLES[code] : undefined) ?? texts.identity.brought['provider.failed'],
  });
}

/**
 * Reads a fragment.
 *
 * @param hash as `location.hash` gives it
 */
export function parseBrought(hash: string): Brought {
  const fields = new URLSearchParams(hash.startsWith('#') ? hash.slice(1) : hash);
  const code = fields.get('problem');
  const ticket = fields.get('ticket');
  const named = (fields.get('methods') ?? '').split(' ');
  const methods = METHODS.filter((method) => named.includes(method));
  const expiresIn = Number(fields.get('expiresIn'));
  return {
    problem: code === null ? undefined : problemOfCode(code),
    wanted:
      ticket === null || ticket.length > 200 || methods.length === 0
        ? undefined
        : { kind: 'second-factor', ticket, methods, expiresIn: Number.isFinite(expiresIn) ? expiresIn : 0 },
    linked: fields.get('linked') ?? undefined,
  };
}

/** What the address of this page brought, once. */
export function useBrought(): Brought {
  const [brought] = useState(() => parseBrought(location.hash));
  useEffect(() => {
    const isOurs = brought.problem !== undefined || brought.wanted !== undefined || brought.linked !== undefined;
    if (isOurs) history.replaceState(history.state, '', location.pathname);
  }, [brought]);
  return brought;
}
