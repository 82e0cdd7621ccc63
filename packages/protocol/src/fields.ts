// Decides how members of a parsed object are read when their types must be exact: hand-written, for the hot path.

/**
 * Reads members of one object from the wire. Absent and null members give the zero value, as they do for Centrifugo; a member of
 * another type gives the zero value too and sets `isBroken`, which the caller looks at once, at the end.
 */
export class Fields {
  isBroken = false;
  readonly #members: Readonly<Record<string, unknown>>;

  constructor(members: Readonly<Record<string, unknown>>) {
    this.#members = members;
  }

  has(name: string): boolean {
    return this.#members[name] !== undefined;
  }

  text(name: string): string {
    const value = this.#members[name];
    if (typeof value === 'string') return value;
    return this.#absent(value, '');
  }

  flag(name: string): boolean {
    const value = this.#members[name];
    if (typeof value === 'boolean') return value;
    return this.#absent(value, false);
  }

  /** A whole number from -2^53 to 2^53. */
  integer(name: string): number {
    const value = this.#members[name];
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
    return this.#absent(value, 0);
  }

  /** A whole number from 0 to 2^53. */
  count(name: string): number {
    const value = this.integer(name);
    if (value >= 0) return value;
    this.isBroken = true;
    return 0;
  }

  /** The fields of a nested object; what breaks there has to be asked there. Undefined if absent. */
  nested(name: string): Fields | undefined {
    const value = this.#members[name];
    if (isObject(value)) return new Fields(value);
    return this.#absent(value, undefined);
  }

  /** Names and fields of the entries of an object whose values are all objects. */
  entries(name: string): [string, Fields][] {
    const value = this.#members[name];
    if (!isObject(value)) return this.#absent(value, []);
    return Object.entries(value).map(([key, entry]) => {
      if (isObject(entry)) return [key, new Fields(entry)];
      this.isBroken ||= entry !== null;
      return [key, new Fields({})];
    });
  }

  /** The fields of the objects in an array; what breaks there has to be asked there. */
  items(name: string): Fields[] {
    const value = this.#members[name];
    if (Array.isArray(value) && value.every(isObject)) return value.map((item) => new Fields(item));
    return this.#absent(value, []);
  }

  /** An array of strings. */
  texts(name: string): string[] {
    const value = this.#members[name];
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
    return this.#absent(value, []);
  }

  /** An object whose values are all strings. Undefined if absent. */
  textMap(name: string): Record<string, string> | undefined {
    const value = this.#members[name];
    if (isObject(value) && Object.values(value).every((item) => typeof item === 'string')) {
      return value as Record<string, string>;
    }
    return this.#absent(value, undefined);
  }

  #absent<T>(value: unknown, zero: T): T {
    if (value !== undefined && value !== null) this.isBroken = true;
    return zero;
  }
}

/** Whether a parsed value is an object, not null and not an array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
