// Decides how a single value is laid over a configuration that was read from a file.

/** An object of a configuration as it was read. */
export type Group = Record<string, unknown>;

/** Finds the object that a value belongs into, and makes it if there is none. Undefined: something else stands there. */
export type Locate = () => Group | undefined;

/** Whether a value is an object of a configuration. */
export function isGroup(value: unknown): value is Group {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The way to an object inside another one. */
export function inside(parent: Locate, name: string): Locate {
  return () => {
    const group = parent();
    if (group === undefined) return undefined;
    group[name] ??= {};
    const child = group[name];
    return isGroup(child) ? child : undefined;
  };
}

/** The items of a list that stands in `parent`; those that are no objects are left out. */
export function itemsOf(parent: Group | undefined, name: string): Group[] {
  const found = parent?.[name];
  return Array.isArray(found) ? found.filter(isGroup) : [];
}
