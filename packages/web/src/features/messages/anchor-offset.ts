// Decides how far the log has to be scrolled so that what the reader looks at stays where it is.

/** A row at the upper edge of the view: its key and where its text began, in pixels below the top of the log. */
export type Anchor = { key: string; top: number };

/** Where a row is now, in pixels below the top of the log. */
export type RowTop = { key: string; top: number; bottom: number };

/** Below this many pixels from the end, the log sticks to the end. */
export const STICK_PX = 60;
/** Movements below this are rounding, in pixels. */
const ROUNDING_PX = 0.5;

/**
 * Chooses the row that shall not move: the first one whose text begins inside the view, else the one that fills it.
 *
 * @param rows rendered rows in order
 * @returns undefined when no row is in view
 */
export function chooseAnchor(rows: readonly RowTop[]): Anchor | undefined {
  const inside = rows.find(({ top, bottom }) => top >= 0 && bottom > 0) ?? rows.find(({ bottom }) => bottom > 0);
  return inside === undefined ? undefined : { key: inside.key, top: inside.top };
}

/**
 * Tells how far to scroll so that the anchor is where it was.
 *
 * @param now where the anchored row is now; undefined when it is not there any more
 * @returns pixels to add to the scroll position, 0 for nothing
 */
export function anchorShift(anchor: Anchor | undefined, now: RowTop | undefined): number {
  if (anchor === undefined || now === undefined) return 0;
  const shift = now.top - anchor.top;
  return Math.abs(shift) < ROUNDING_PX ? 0 : shift;
}

/** Whether the log stands near enough to its end to follow new messages. */
export function isNearEnd(box: { scrollTop: number; scrollHeight: number; clientHeight: number }): boolean {
  return box.scrollHeight - box.clientHeight - box.scrollTop <= STICK_PX;
}
