// Decides how a part of the app that asks the API by queries is loaded: when it is first shown, with its own cache.
import { createElement, lazy } from 'react';
import type { ComponentType, LazyExoticComponent } from 'react';

/**
 * Makes a component that is loaded when it is first shown.
 *
 * @param load fetches the file and picks the component from it
 */
export function lazyWithQueries<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
): LazyExoticComponent<ComponentType<Props>> {
  return lazy(async () => {
    const [{ WithQueries }, Part] = await Promise.all([import('./with-queries.tsx'), load()]);
    const Loaded = (props: Props) => createElement(WithQueries, null, createElement(Part, props));
    return { default: Loaded };
  });
}
