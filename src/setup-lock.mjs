// One set-up of a checkout at a time, across processes, without leaving it locked when one is killed.
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { SetupError } from './setup-error.mjs';

const heartbeatMs = 2000;
/** A lock that was not touched for this long has lost its owner. */
const staleLockMs = 15_000;
const lockWaitMs = 15 * 60_000;
const leftoverMs = 60 * 60_000;

/**
 * A folder that one process at a time can own. It appears by rename with its owner's file already inside, so it is
 * never half made. Returns the function that gives it back. `say` tells a person why it takes long. Throws SetupError
 * after 15 minutes.
 */
export async function lock(folder, say) {
  await mkdir(folder, { recursive: true });
  const locked = path.join(folder, 'setup.lock');
  const token = `${process.pid}-${randomUUID()}`;
  const mine = path.join(folder, `setup.${token}`);
  await mkdir(mine);
  await writeFile(path.join(mine, 'owner'), token);
  const deadline = performance.now() + lockWaitMs;
  for (let isFirst = true; !(await tryRename(mine, locked)); isFirst = false) {
    if (isFirst) say('another start is installing or building, waiting for it …');
    await removeStale(locked);
    if (performance.now() > deadline) {
      await rm(mine, { recursive: true });
      throw new SetupError(
        `another start has held ${locked} for too long; remove it if none is running.`,
      );
    }
    await wait(200);
  }
  const owner = path.join(locked, 'owner');
  const heartbeat = setInterval(() => {
    utimes(owner, new Date(), new Date()).catch(() => undefined); // a missed beat is made up by the next
  }, heartbeatMs);
  return async () => {
    clearInterval(heartbeat);
    await sweep(folder);
    await rm(locked, { recursive: true, force: true });
  };
}

/** Removes what killed starts have left behind long ago. */
async function sweep(folder) {
  for (const name of await readdir(folder)) {
    if (!name.startsWith('setup.') || name === 'setup.lock') continue;
    const left = path.join(folder, name);
    const { mtimeMs } = await stat(left).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > leftoverMs) await rm(left, { recursive: true, force: true });
  }
}

/**
 * Moves a dead owner's lock to a name made of its token. Of two processes that saw the same dead owner, the second
 * finds that name taken and cannot move the first one's new lock away by mistake; therefore the moved folder stays for
 * a while.
 */
async function removeStale(locked) {
  const token = await readFile(path.join(locked, 'owner'), 'utf8').catch(() => undefined);
  if (token === undefined) return;
  const { mtimeMs } = await stat(path.join(locked, 'owner')).catch(() => ({ mtimeMs: Date.now() }));
  if (isRunning(Number.parseInt(token, 10)) && Date.now() - mtimeMs < staleLockMs) return;
  await tryRename(locked, `${locked}.${token}`);
}

async function tryRename(from, to) {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    // The target exists (Linux, macOS, Windows), or the source is gone already.
    if (['ENOTEMPTY', 'EEXIST', 'EPERM', 'EACCES', 'ENOENT'].includes(error.code)) return false;
    throw error;
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
