// Decides how one step of rotation is applied to a ring of either kind.
import { changesBetween, generateKeyBeside, generateSecretKey, secretRings, tokenRings } from '@parley/tokens';
import type { Algorithm, AllKeys, KeyChange, LivedKey, Moved, RingName, TokenKind } from '@parley/tokens';

/** A step; `make` makes a new key where it needs one. */
export interface RingEdit {
  <K extends LivedKey>(keys: readonly K[], make: () => Promise<K>): Promise<Moved<K>>;
}

/** What happened to the keys of the ring, or why nothing did. */
export type EditedRing = { ok: true; changes: KeyChange[] } | Extract<Moved<never>, { ok: false }>;

/** Whether a ring's keys sign tokens. */
export const isTokenRing = (name: RingName): name is TokenKind => tokenRings.some((kind) => kind === name);

/**
 * Applies a step to one ring of `keys`, in place.
 *
 * @param algorithm of a key that the step makes; the secret rings have none
 */
export async function editRing(
  keys: AllKeys,
  { name, algorithm }: { name: RingName; algorithm: Algorithm },
  edit: RingEdit,
): Promise<EditedRing> {
  if (isTokenRing(name)) {
    const ring = keys.rings[name];
    const before = ring.keys();
    const moved = await edit(before, () => generateKeyBeside(algorithm, 'next'));
    if (!moved.ok) return moved;
    ring.replace(moved.keys);
    return { ok: true, changes: changesBetween(before, moved.keys) };
  }
  const { secretKeys } = keys;
  const before = secretKeys.keys(name);
  const moved = await edit(before, async () => generateSecretKey('next'));
  if (!moved.ok) return moved;
  secretKeys.replace(new Map(secretRings.map((ring) => [ring, ring === name ? moved.keys : secretKeys.keys(ring)])));
  return { ok: true, changes: changesBetween(before, moved.keys) };
}
