// Decides how commands speak: lines for people, or one JSON object a line with --json; colours only on a terminal.
import type { Settings } from './settings/settings.ts';

/** Where a command reads and writes; the real process or a test. */
export interface Io {
  environment: Readonly<Record<string, string | undefined>>;
  /** Whether people watch: no colours otherwise. */
  isTerminal: boolean;
  out: (text: string) => void;
  error: (text: string) => void;
  readFile(path: string): string;
  /** Standard input to its end. */
  readInput(): Promise<string>;
}

/** A colour of a terminal. */
export type Colour = 'red' | 'green' | 'yellow' | 'bold';

/** How a command answers. */
export interface Output {
  /** Whether answers are JSON lines. */
  isJson: boolean;
  /** Prints one answer: `record` with --json, otherwise `lines`. */
  print(record: Readonly<Record<string, unknown>>, lines: readonly string[]): void;
  /** Prints a failure, to the error stream; with --json as `{"ok":false,"error":…}` to the output. */
  fail(message: string): void;
  /** Colours a text, or leaves it when nobody would see it. */
  paint(colour: Colour, text: string): string;
}

/** Exit codes of all commands. */
export const EXIT = { ok: 0, failure: 1, usage: 2 } as const;

const codes: Readonly<Record<Colour, number>> = { red: 31, green: 32, yellow: 33, bold: 1 };

/** Makes the voice of a command. */
export function createOutput(io: Io, options: { isJson: boolean }): Output {
  const noColour = io.environment.NO_COLOR;
  const hasColour = io.isTerminal && !options.isJson && (noColour === undefined || noColour === '');
  const paint = (colour: Colour, text: string): string =>
    hasColour ? `\u001B[${codes[colour]}m${text}\u001B[0m` : text;
  return {
    isJson: options.isJson,
    paint,
    print(record, lines) {
      io.out(options.isJson ? `${JSON.stringify(record)}\n` : lines.map((line) => `${line}\n`).join(''));
    },
    fail(message) {
      if (options.isJson) io.out(`${JSON.stringify({ ok: false, error: message })}\n`);
      else io.error(`${paint('red', 'error:')} ${message}\n`);
    },
  };
}

/** The public address of a server that listens on `port`. */
export function publicUrlOf(settings: Pick<Settings, 'publicUrl'>, port: number): string {
  return settings.publicUrl ?? `http://localhost:${port}`;
}
