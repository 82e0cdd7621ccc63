// Decides how light or dark is chosen.
import { SunMoon } from 'lucide-react';
import { useState } from 'react';
import { texts } from '../../texts/en.ts';
import { iconButtonClass } from '../../ui/button.tsx';
import { Menu, MenuChoice } from '../../ui/menu.tsx';
import { chooseTheme, currentTheme } from './theme.ts';
import type { ThemeChoice } from './theme.ts';

const OPTIONS = (['system', 'light', 'dark'] as const).map((value) => ({ value, text: texts.shell.themes[value] }));

/** The choice of appearance as a set of menu entries. */
export function ThemeChoices() {
  const [theme, setTheme] = useState(currentTheme);
  const choose = (choice: ThemeChoice): void => {
    chooseTheme(choice);
    setTheme(choice);
  };
  return <MenuChoice label={texts.shell.theme} value={theme} options={OPTIONS} onChange={choose} />;
}

/** A button that opens the choice of appearance, for pages without an account. */
export function ThemeMenu() {
  return (
    <Menu
      trigger={
        <button type="button" className={iconButtonClass} aria-label={texts.shell.theme} title={texts.shell.theme}>
          <SunMoon aria-hidden size={18} />
        </button>
      }
    >
      <ThemeChoices />
    </Menu>
  );
}
