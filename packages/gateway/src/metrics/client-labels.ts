// Decides which names and versions of clients become labels: clients say what they like, so that only known things do.
import { limits } from '../limits.ts';

/** Names under which the official SDKs connect. */
const knownNames: ReadonlySet<string> = new Set(['js', 'go', 'python', 'dart', 'swift', 'java', 'csharp', 'unity']);

const plainVersion = /^\d{1,3}\.\d{1,3}\.\d{1,3}$/;

/** A client as labels have it. */
export interface ClientLabels {
  readonly name: string;
  readonly version: string;
}

/**
 * Makes the function that gives labels: "" stays "", what is unknown is `other`. Versions of known clients are kept until there
 * are too many; later ones are `other` too.
 */
export function createClientLabels(): (name: string, version: string) => ClientLabels {
  const versions = new Set<string>();
  return (name, version) => {
    const isKnown = knownNames.has(name);
    const known = name === '' || isKnown ? name : 'other';
    if (version === '') return { name: known, version };
    const isPlain = isKnown && plainVersion.test(version);
    if (isPlain && versions.size < limits.maxClientVersions) versions.add(version);
    return { name: known, version: isPlain && versions.has(version) ? version : 'other' };
  };
}
