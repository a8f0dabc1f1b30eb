import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a directory and the parents that it misses. Node's own `recursive` asks forever where the system says that the
 * parent is missing although it is there (below /proc), and tells ENOENT where the file system is read-only.
 * Rejects with the file system's first error.
 */
export async function makeDirectory(path: string): Promise<void> {
  const missing: string[] = [];
  let next = path;
  while (!(await makeOne(next))) {
    missing.push(next);
    next = dirname(next);
  }
  for (const each of missing.reverse()) await mkdir(each).catch(unlessThere(each));
}

/** false where the parent is missing, which the root never is. */
async function makeOne(path: string): Promise<boolean> {
  try {
    await mkdir(path).catch(unlessThere(path));
    return true;
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (!isMissing || dirname(path) === path) throw error;
    return false;
  }
}

/** Somebody else may have made it; a read-only file system may refuse what is there already. */
function unlessThere(path: string): (error: NodeJS.ErrnoException) => Promise<void> {
  return async (error) => {
    const isThere = await stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (!isThere) throw error;
  };
}
