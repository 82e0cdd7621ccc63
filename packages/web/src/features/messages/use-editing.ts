// Decides which message is being edited, and where the focus goes when that ends: back to where it came from.
import { useCallback, useRef, useState } from 'react';
import type { RefObject } from 'react';
import type { MessageListHandle } from './message-list.tsx';

/** The message that is being edited. `fromRow(undefined)` ends it. */
export type Editing = {
  key: string | undefined;
  fromRow: (key: string | undefined) => void;
  fromComposer: (key: string | undefined) => void;
};

/** At most one message is edited at a time. */
export function useEditing(places: {
  list: RefObject<MessageListHandle | null>;
  field: RefObject<HTMLTextAreaElement | null>;
}): Editing {
  const { list, field } = places;
  const [key, setKey] = useState<string | undefined>(undefined);
  const origin = useRef<{ key: string; isComposer: boolean } | undefined>(undefined);

  const fromRow = useCallback(
    (next: string | undefined) => {
      setKey(next);
      if (next !== undefined) {
        origin.current = { key: next, isComposer: false };
        return;
      }
      if (origin.current?.isComposer === false) list.current?.focusRow(origin.current.key);
      else field.current?.focus();
      origin.current = undefined;
    },
    [list, field],
  );
  const fromComposer = useCallback((next: string | undefined) => {
    if (next === undefined) return;
    origin.current = { key: next, isComposer: true };
    setKey(next);
  }, []);
  return { key, fromRow, fromComposer };
}
