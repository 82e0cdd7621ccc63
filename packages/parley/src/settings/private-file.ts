// Decides how a file with secrets is read and written: for its owner alone, and whole or not at all.
import { chmod, open, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';

/**
 * Reads a file of our own, and closes it to other accounts if it was open to them.
 *
 * @param warnings is told of a file that others could read until now
 * @returns undefined if it is not there
 */
export async function readPrivateFile(file: string, warnings: string[]): Promise<string | undefined> {
  const stats = await stat(file).catch(undefinedIfMissing);
  if (stats === undefined) return undefined;
  if (!stats.isFile()) throw new Error(`${file} is not a file. Move it away: then a new one is made.`);
  if (process.platform !== 'win32' && (stats.mode & 0o077) !== 0) {
    await chmod(file, 0o600);
    warnings.push(
      `${file} could be read by other accounts; it is closed now. If others use this machine, rotate the keys.`,
    );
  }
  return readFile(file, 'utf8');
}

/**
 * Reads a file that somebody else puts there, such as a mounted secret: its mode is theirs to set.
 *
 * @param warnings is told of a file that every account can read
 * @returns undefined if it is not there
 */
export async function readGivenFile(file: string, warnings: string[]): Promise<string | undefined> {
  const stats = await stat(file).catch(undefinedIfMissing);
  if (stats === undefined) return undefined;
  if (process.platform !== 'win32' && (stats.mode & 0o004) !== 0) {
    warnings.push(`${file} can be read by every account of this machine; give it mode 0400 or 0440`);
  }
  return readFile(file, 'utf8');
}

/** Whether something stands at this path. */
export const isThere = async (file: string): Promise<boolean> =>
  (await stat(file).catch(undefinedIfMissing)) !== undefined;

function undefinedIfMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

/** Writes whole or not at all, also when the power fails in between: a file beside it, synced, then renamed. */
export async function writePrivateFile(file: string, text: string): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  const folder = await open(path.dirname(file), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
