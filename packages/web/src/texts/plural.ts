// Decides how a counted thing is put into words: the language's own plural rules choose the form.

/** The forms of a counted phrase in English; `#` stands for the number. */
export type PluralForms = { one: string; other: string };

const rules = new Intl.PluralRules('en');
const numbers = new Intl.NumberFormat('en');

/**
 * Puts a count into words.
 *
 * @param count a whole number, 0 or more
 * @returns the form that fits, with `#` replaced by the number as people write it (`1,204`)
 */
export function plural(count: number, forms: PluralForms): string {
  const form = rules.select(count) === 'one' ? forms.one : forms.other;
  return form.replace('#', numbers.format(count));
}

const lists = new Intl.ListFormat('en', { type: 'conjunction' });

/**
 * Joins names as a sentence does: `Ana`, `Ana and Ben`, `Ana, Ben, and Cleo`.
 *
 * @param names in the order in which they shall be read
 */
export function listed(names: readonly string[]): string {
  return lists.format(names);
}
