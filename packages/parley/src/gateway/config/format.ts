// Decides how configuration files are parsed and printed: JSON, YAML or TOML, by the extension of the file.
import { parse as parseToml, stringify as printToml, TomlError } from 'smol-toml';
import { parseDocument, stringify as printYaml } from 'yaml';

/** A format of configuration files. */
export type ConfigFormat = 'json' | 'yaml' | 'toml';

/** What a text holds, or why it cannot be read: file, line and reason, never a part of the text. */
export type ParsedText = { ok: true; value: unknown } | { ok: false; problem: string };

const formats: Readonly<Record<string, ConfigFormat>> = { json: 'json', yaml: 'yaml', yml: 'yaml', toml: 'toml' };

// Configurations have a few kilobytes; with this bound a wrong file name is an error and not a stall.
const maxCharacters = 4 * 1024 * 1024;

/** The format of a file by its extension; undefined for any other extension. */
export function formatOf(file: string): ConfigFormat | undefined {
  return formats[/\.([a-z]+)$/i.exec(file)?.[1]?.toLowerCase() ?? ''];
}

/** Parses the text of a file. A key that stands twice in one object is refused. */
export function parseConfig(file: string, text: string): ParsedText {
  const format = formatOf(file);
  if (format === undefined) return { ok: false, problem: `${file} must end with .json, .yaml, .yml or .toml` };
  if (text.length > maxCharacters) return { ok: false, problem: `${file} is larger than 4 MiB` };
  const parsed = format === 'toml' ? parseTomlText(text) : parseYamlText(text, format);
  return parsed.ok ? parsed : { ok: false, problem: `${file}${parsed.problem}` };
}

/** Prints a configuration; the text ends with a line break. */
export function printConfig(value: Readonly<Record<string, unknown>>, format: ConfigFormat): string {
  if (format === 'yaml') return printYaml(value, { lineWidth: 0 });
  if (format === 'toml') return `${printToml(value).trimEnd()}\n`;
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

const refuse = (line: number | undefined, reason: string): ParsedText => ({
  ok: false,
  problem: `${line === undefined ? '' : `:${line}`}: ${reason}`,
});

// YAML reads JSON too and knows lines and duplicate keys; but not everything that is YAML is JSON.
function parseYamlText(text: string, format: 'json' | 'yaml'): ParsedText {
  const document = parseDocument(text, { merge: true, stringKeys: true });
  const [error] = document.errors;
  const line = error?.linePos?.[0].line;
  const isJson = format === 'yaml' || isJsonText(text);
  if (error?.code === 'DUPLICATE_KEY') return refuse(line, 'the same key stands twice in one object');
  if (error !== undefined || !isJson) return refuse(line, `this is no ${format.toUpperCase()}`);
  try {
    return { ok: true, value: document.toJS({ maxAliasCount: 100 }) };
  } catch {
    return refuse(undefined, 'an alias (`*name`) has no anchor, or there are too many of them');
  }
}

function isJsonText(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    // The platform's words quote the text, which holds secrets.
    return false;
  }
}

function parseTomlText(text: string): ParsedText {
  try {
    return { ok: true, value: parseToml(text) };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const isTwice = /redefine/.test(error.message);
    return refuse(error.line, isTwice ? 'the same key stands twice' : 'this is no TOML');
  }
}
