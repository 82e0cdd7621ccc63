// Decides how a QR code is drawn: one path, dark on light in every appearance, because scanners need it so.
import { encode } from 'uqr';

/** Light frame around the code, in modules; the standard asks for four. */
const QUIET = 4;

/**
 * Turns a matrix into the path of its dark modules.
 *
 * @param rows true where a module is dark
 */
export function pathOf(rows: readonly (readonly boolean[])[]): string {
  return rows.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : ''))).join('');
}

/** The QR code of `text`; `label` is what readers hear. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const { data, size } = encode(text, { border: 0, ecc: 'M' });
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`${-QUIET} ${-QUIET} ${size + 2 * QUIET} ${size + 2 * QUIET}`}
      shapeRendering="crispEdges"
      className="mx-auto w-full max-w-56 rounded-lg border border-line bg-white forced-color-adjust-none"
    >
      <path d={pathOf(data)} className="fill-black" />
    </svg>
  );
}
