// Decides what a person's list of sessions calls a device: a short name made of what its client says of itself.

const SOFTWARE: readonly (readonly [RegExp, string])[] = [
  [/\bEdgA?(?:iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bFirefox\/|\bFxiOS\//, 'Firefox'],
  [/\b(?:Headless)?Chrome\/|\bCriOS\//, 'Chrome'],
  [/\bVersion\/[\d.]+ .*Safari\//, 'Safari'],
  // Every browser begins with this word, and says no more with it.
  [/^Mozilla\//, 'Browser'],
];

const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b|\bMacintosh\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
];

const MAX_LENGTH = 60;

const nameIn = (table: typeof SOFTWARE, text: string): string | undefined =>
  table.find(([pattern]) => pattern.test(text))?.[1];

/**
 * A device's name, such as `Firefox on Linux`. It is for recognising, not for deciding: clients say what they like.
 *
 * @param userAgent as recorded, fit for one line
 */
export function deviceLabel(userAgent: string): string {
  const software = nameIn(SOFTWARE, userAgent);
  const system = nameIn(SYSTEMS, userAgent);
  if (software !== undefined) return system === undefined ? software : `${software} on ${system}`;
  // Programs begin with their name, such as `curl/8.5.0`.
  const program = userAgent.split(/[\s(]/, 1)[0] ?? '';
  return program === '' ? 'Unknown device' : program.slice(0, MAX_LENGTH);
}
