// Decides which keys work everywhere in the app.

/** What a key asks for. */
export type Shortcut = 'switcher' | 'previous-room' | 'next-room';

/** The part of a keyboard event that matters. */
export type KeyPress = Pick<KeyboardEvent, 'key' | 'altKey' | 'ctrlKey' | 'metaKey' | 'shiftKey'>;

/** Whether the keys of a Mac are in use, as the browser says it. */
export const isMac = (): boolean => navigator.userAgent.includes('Mac');

/** Tells what a key press asks for: Ctrl+K or ⌘K, Alt+↑, Alt+↓; undefined for everything else. */
export function shortcutOf(press: KeyPress): Shortcut | undefined {
  const { altKey, ctrlKey, metaKey, shiftKey } = press;
  if ((ctrlKey || metaKey) && !altKey && !shiftKey && press.key.toLowerCase() === 'k') return 'switcher';
  if (!altKey || ctrlKey || metaKey || shiftKey) return undefined;
  if (press.key === 'ArrowUp') return 'previous-room';
  return press.key === 'ArrowDown' ? 'next-room' : undefined;
}
