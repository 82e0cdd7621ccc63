// Decides where the choice of light or dark is kept; `public/theme.js` applies it before the first paint.

/** The person's choice; `system` follows the operating system. */
export type ThemeChoice = 'system' | 'light' | 'dark';

const NAME = 'parley.theme';

/** The choice that is in force on this page. */
export function currentTheme(): ThemeChoice {
  const chosen = document.documentElement.dataset['theme'];
  return chosen === 'light' || chosen === 'dark' ? chosen : 'system';
}

/** Applies a choice at once and keeps it for later visits, where the browser lets the site keep anything. */
export function chooseTheme(choice: ThemeChoice): void {
  if (choice === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = choice;
  try {
    if (choice === 'system') localStorage.removeItem(NAME);
    else localStorage.setItem(NAME, choice);
  } catch (cause) {
    // Storage is blocked: the choice holds until the page is closed.
    if (!(cause instanceof DOMException)) throw cause;
  }
}
