// Decides that the one-time token of a mailed link leaves the address at once: no history, no screenshot keeps it.
import { useEffect, useState } from 'react';
import { linkToken } from './link-token.ts';

/**
 * The token of the link that was opened; undefined without one. It lives as long as the page: a reload needs the link
 * again.
 */
export function useLinkToken(): string | undefined {
  const [token, setToken] = useState(() => linkToken(location.hash));
  useEffect(() => {
    const hide = (): void => {
      if (location.hash !== '') history.replaceState(history.state, '', location.pathname);
    };
    // Another link of the same kind, opened in the same tab, changes nothing but the fragment.
    const onHashChange = (): void => {
      if (location.hash === '') return;
      setToken(linkToken(location.hash));
      hide();
    };
    hide();
    addEventListener('hashchange', onHashChange);
    return () => removeEventListener('hashchange', onHashChange);
  }, []);
  return token;
}
