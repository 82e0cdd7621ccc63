// Decides how a room is found by typing: arrows choose, Enter opens, everything in one field.
import type { Room } from '@parley/contract';
import { Hash, Lock } from 'lucide-react';
import { useId, useRef, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { texts } from '../../texts/en.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { inputClass } from '../../ui/field.tsx';
import { findRooms } from './room-order.ts';

const t = texts.rooms;
const MAX_SHOWN = 12;

/** The room switcher; `onOpen` is called with the chosen room's id. */
export function RoomSwitcher({
  rooms,
  onOpen,
  onClose,
}: {
  rooms: readonly Room[];
  onOpen: (roomId: string) => void;
  onClose: () => void;
}) {
  const [search, setSearch] = useState('');
  const [at, setAt] = useState(0);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  const found = findRooms(rooms, search).slice(0, MAX_SHOWN);
  const chosen = found[Math.min(at, found.length - 1)];

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && found.length > 0) {
      event.preventDefault();
      setAt((Math.min(at, found.length - 1) + step + found.length) % found.length);
    }
    if (event.key !== 'Enter' || chosen === undefined) return;
    event.preventDefault();
    onOpen(chosen.id);
  };
  return (
    <Dialog open onClose={onClose} title={t.switcher} lead={t.switcherHint} initialFocus={field}>
      <input
        ref={field}
        role="combobox"
        aria-expanded={found.length > 0}
        aria-controls={`${id}-list`}
        aria-activedescendant={chosen === undefined ? undefined : `${id}-${chosen.id}`}
        aria-autocomplete="list"
        aria-label={t.name}
        autoComplete="off"
        maxLength={80}
        className={inputClass}
        value={search}
        onChange={(event) => {
          setSearch(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul id={`${id}-list`} role="listbox" aria-label={t.yours} className="mt-3 grid gap-0.5">
        {found.map((room) => {
          const Icon = room.isPrivate ? Lock : Hash;
          return (
            <li
              key={room.id}
              id={`${id}-${room.id}`}
              role="option"
              aria-selected={room === chosen}
              onClick={() => onOpen(room.id)}
              className="flex min-h-9 cursor-pointer items-center gap-2.5 rounded-lg px-2.5 aria-selected:bg-tint aria-selected:hc:outline"
            >
              <Icon aria-hidden size={16} />
              <span dir="auto" className="truncate">
                {room.name}
              </span>
            </li>
          );
        })}
      </ul>
      <p role="status" className="text-sm text-soft">
        {found.length === 0 ? t.switcherNone : ''}
      </p>
    </Dialog>
  );
}
