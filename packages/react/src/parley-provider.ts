// Decides which client the hooks below it use.
import type { Parley } from '@parley/client';
import { createContext, createElement, useContext, useEffect } from 'react';
import type { ReactNode } from 'react';

const ParleyContext = createContext<Parley | null>(null);

/**
 * Gives `parley` to the hooks below and starts it. Whoever made it closes it: a component that is mounted twice, as in
 * StrictMode, must not end it in between.
 */
export function ParleyProvider(props: { parley: Parley; children: ReactNode }): ReactNode {
  const { parley, children } = props;
  useEffect(() => parley.start(), [parley]);
  return createElement(ParleyContext, { value: parley }, children);
}

/**
 * The client of the nearest {@link ParleyProvider}.
 *
 * @throws TypeError when there is none
 */
export function useParley(): Parley {
  const parley = useContext(ParleyContext);
  if (parley === null) throw new TypeError('Wrap the application in <ParleyProvider parley={createParley(…)}>');
  return parley;
}
