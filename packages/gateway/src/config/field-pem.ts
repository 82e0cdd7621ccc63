// Decides the three ways of writing a key or certificate: PEM text, base64 of it, or the path of a file.
import type { ConfigSources, Field, Reading } from './fields.ts';

/** A key or certificate; held as PEM text, "" is none. */
export function pem(about: string): Field<string> {
  return { kind: 'field', type: 'pem', about, fallback: '', written: '', read: readPem };
}

const begin = '-----BEGIN ';

function readPem(value: unknown, sources: ConfigSources): Reading<string> {
  if (typeof value !== 'string') return { ok: false, problem: 'must be PEM text, base64 of it, or the path of a file' };
  if (value === '') return { ok: true, value };
  return decode(value) ?? readFromFile(value, sources);
}

function decode(value: string): Reading<string> | undefined {
  if (value.includes(begin)) return { ok: true, value };
  const isBase64 = value.length > 64 && /^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(value);
  const decoded = isBase64 ? Buffer.from(value, 'base64').toString('latin1') : '';
  return decoded.includes(begin) ? { ok: true, value: decoded } : undefined;
}

// The value is not named: somebody may have pasted a key without its first line.
function readFromFile(path: string, sources: ConfigSources): Reading<string> {
  const refused: Reading<string> = {
    ok: false,
    problem: 'is neither PEM text nor base64 of it, nor a file with PEM text that can be read',
  };
  try {
    return decode(sources.readFile?.(path) ?? '') ?? refused;
  } catch {
    // Said by the refusal: the reason would name what may be a secret.
    return refused;
  }
}
