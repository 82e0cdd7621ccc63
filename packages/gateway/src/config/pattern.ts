// Decides how a regular expression of a configuration file (RE2 syntax) is compiled here.

/**
 * Compiles an expression as Go writes it: named groups as `(?P<name>…)`, flags such as `(?i)` in front, `\A` and `\z`.
 * Unanchored unless written so. Undefined if it does not compile.
 */
export function compilePattern(source: string): RegExp | undefined {
  const named = source
    .replaceAll('(?P<', '(?<')
    .replace(/(?<!\\)\\A/g, '^')
    .replace(/(?<!\\)\\z/g, '$');
  const [, flags = '', rest = named] = /^\(\?([ims]+)\)([\s\S]*)$/.exec(named) ?? [];
  try {
    return new RegExp(rest, [...new Set(flags)].join(''));
  } catch {
    return undefined;
  }
}
