// Decides what every row of the log is told besides its message.
import type { RoomActions } from './room-actions.ts';

/** What a row needs beside its message. `isActive` says that the arrow keys stand on it. */
export type RowContext = {
  selfId: string;
  mayModerate: boolean;
  actions: RoomActions;
  editingKey: string | undefined;
  onEdit: (key: string | undefined) => void;
};
