// Decides how far the log has to be scrolled so that what the reader looks at stays where it is.

/** The row that shall not move: its key and where it ended, in pixels below the top of the log. */
export type Anchor = { key: string; bottom: number };

/** Where a row is now, in pixels below the top of the log. */
export type RowEdges = { key: string; top: number; bottom: number };

/** Below this many pixels from the end, the log sticks to the end. */
export const STICK_PX = 60;
/** Movements below this are rounding, in pixels. */
const ROUNDING_PX = 0.5;

/**
 * Chooses the row that shall not move: the first one that ends inside the view. Its end is held and not its beginning,
 * because older messages above it may take its heading away, and the words are what the reader looks at.
 *
 * @param rows rendered rows in order
 * @param viewHeight height of the log, in pixels
 * @returns undefined when no row is in view, as after a jump, before the rows there are rendered
 */
export function chooseAnchor(rows: readonly RowEdges[], viewHeight: number): Anchor | undefined {
  const first = rows.find(({ top, bottom }) => bottom > 0 && top < viewHeight);
  return first === undefined ? undefined : { key: first.key, bottom: first.bottom };
}

/**
 * Tells how far to scroll so that the anchor is where it was.
 *
 * @param now where the anchored row is now; undefined when it is not there any more
 * @returns pixels to add to the scroll position, 0 for nothing
 */
export function anchorShift(anchor: Anchor | undefined, now: RowEdges | undefined): number {
  if (anchor === undefined || now === undefined) return 0;
  const shift = now.bottom - anchor.bottom;
  return Math.abs(shift) < ROUNDING_PX ? 0 : shift;
}

/** Whether the log stands near enough to its end to follow new messages. */
export function isNearEnd(box: { scrollTop: number; scrollHeight: number; clientHeight: number }): boolean {
  return box.scrollHeight - box.clientHeight - box.scrollTop <= STICK_PX;
}
