// Decides where unsent words are kept: one draft per person and room, in this browser, the oldest forgotten first.

/** The part of `localStorage` that drafts need. */
export type DraftStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** How many rooms keep a draft; the one that was touched longest ago goes first. */
export const MAX_DRAFTS = 50;
/** Longest text that is kept, in UTF-16 code units. */
export const MAX_DRAFT_LENGTH = 20_000;

/** The browser's storage, or undefined where it is blocked: reading the property alone may throw. */
export function browserStorage(): DraftStorage | undefined {
  try {
    return localStorage;
  } catch (cause) {
    if (cause instanceof DOMException) return undefined;
    throw cause;
  }
}

type Stored = [roomId: string, text: string][];

/** Reads and writes drafts. A browser that refuses storage keeps them for the life of the page. */
export type Drafts = { read(roomId: string): string; write(roomId: string, text: string): void; clear(): void };

/**
 * Opens the drafts of one person.
 *
 * @param storage undefined where the browser blocks it
 * @param userId whose drafts; nobody else's are seen
 */
export function openDrafts(storage: DraftStorage | undefined, userId: string): Drafts {
  const name = `parley.drafts.${userId}`;
  const held: { drafts: Stored } = { drafts: parse(readItem(storage, name)) };
  const save = (): void => {
    if (storage === undefined) return;
    try {
      if (held.drafts.length === 0) storage.removeItem(name);
      else storage.setItem(name, JSON.stringify(held.drafts));
    } catch (cause) {
      // A full or blocked storage: the draft lives on in `held` until the page is closed.
      if (!(cause instanceof DOMException)) throw cause;
    }
  };
  return {
    read: (roomId) => held.drafts.find(([id]) => id === roomId)?.[1] ?? '',
    write(roomId, text) {
      // Another tab may have written since: its drafts of other rooms stay.
      const stored = storage === undefined ? held.drafts : parse(readItem(storage, name));
      const others = stored.filter(([id]) => id !== roomId);
      held.drafts = text === '' ? others : [[roomId, text.slice(0, MAX_DRAFT_LENGTH)], ...others];
      held.drafts = held.drafts.slice(0, MAX_DRAFTS) as Stored;
      save();
    },
    clear() {
      held.drafts = [];
      save();
    },
  };
}

function readItem(storage: DraftStorage | undefined, name: string): string | null {
  try {
    return storage?.getItem(name) ?? null;
  } catch (cause) {
    if (cause instanceof DOMException) return null;
    throw cause;
  }
}

function parse(text: string | null): Stored {
  if (text === null) return [];
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter(isEntry).slice(0, MAX_DRAFTS) : [];
  } catch (cause) {
    if (cause instanceof SyntaxError) return [];
    throw cause;
  }
}

function isEntry(entry: unknown): entry is [string, string] {
  return Array.isArray(entry) && entry.length === 2 && entry.every((part) => typeof part === 'string');
}
