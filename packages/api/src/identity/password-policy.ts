// Decides which new passwords are refused, and by the name of which rule.
import type { ApiConfig } from '../config.ts';
import { LIMITS } from '../http/limits.ts';
import { openBreachedFile } from './breached-file.ts';
import { foldPassword, isCommonPassword } from './common-passwords.ts';
import { canonicalPassword } from './normalise.ts';

/** The rules by the names under which they are audited. */
export type PasswordRule = 'not_text' | 'too_short' | 'too_long' | 'common' | 'context' | 'breached';

/** A password that was refused: the rule, and for people what they should do. */
export interface RefusedPassword {
  rule: PasswordRule;
  message: string;
}

/** Whose password it is to be: words that everybody can guess about them. */
export interface PasswordOwner {
  email: string;
  name: string;
}

/** The policy of this server. */
export interface PasswordPolicy {
  /** What is wrong with a new password; undefined if nothing is. Rejects when the list of breached ones cannot be read. */
  judge(password: string, owner: PasswordOwner): Promise<RefusedPassword | undefined>;
}

/** What the policy is configured by. */
export type PolicyConfig = Pick<ApiConfig, 'passwordMinLength' | 'breachedPasswordsFile'> & { publicUrl?: string };

/**
 * Makes the policy: length in code points, no rule of composition, nothing that is guessed first, nothing made of the
 * owner's name or address or the site's name, nothing from the list of breached passwords if there is one.
 *
 * @throws Error when the list of breached passwords has a wrong form
 */
export async function createPasswordPolicy(config: PolicyConfig): Promise<PasswordPolicy> {
  const { passwordMinLength: minLength, breachedPasswordsFile: file } = config;
  const breached = file === undefined ? undefined : await openBreachedFile(file);
  const site = wordsOf(config.publicUrl === undefined ? '' : new URL(config.publicUrl).hostname);
  return {
    async judge(password, owner) {
      const canonical = canonicalPassword(password);
      if (canonical === undefined)
        return { rule: 'not_text', message: `must be well-formed text of at most ${LIMITS.password.maxBytes} bytes` };
      const length = Array.from(canonical).length;
      const { maxCodePoints } = LIMITS.password;
      if (length < minLength) return { rule: 'too_short', message: `must have at least ${minLength} characters` };
      if (length > maxCodePoints) return { rule: 'too_long', message: `must have at most ${maxCodePoints} characters` };
      if (isCommonPassword(canonical))
        return { rule: 'common', message: 'is among the passwords that are guessed first; choose a longer sentence' };
      const words = [...wordsOf(owner.name), ...wordsOf(owner.email), ...site, 'parley'];
      if (isMadeOf(canonical, words, minLength))
        return { rule: 'context', message: 'is made of your name, your address or the name of this site' };
      if ((await breached?.has(canonical)) === true)
        return { rule: 'breached', message: 'is in lists of stolen passwords; choose one that you use nowhere else' };
      return undefined;
    },
  };
}

/** Parts of a name or an address that are long enough to be recognised. */
function wordsOf(text: string): string[] {
  return foldPassword(text)
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length >= 3);
}

/** Whether little of a password is its own once the words are taken out. */
function isMadeOf(password: string, words: readonly string[], minLength: number): boolean {
  const folded = foldPassword(password);
  const longestFirst = words.toSorted((one, other) => other.length - one.length);
  const left = longestFirst.reduce((text, word) => text.replaceAll(word, ' '), folded);
  if (left === folded) return false;
  const rest = left.replaceAll(/[^\p{L}\p{N}]/gu, '');
  return Array.from(rest).length * 2 < minLength || isCommonPassword(rest);
}
