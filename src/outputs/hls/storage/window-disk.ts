import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../../lib/log.ts';
import { makeDirectory } from '../../../lib/system/make-directory.ts';
import {
  livenessOf,
  ownIdentity,
  type ProcessIdentity,
} from '../../../lib/system/process-identity.ts';
import { Slots } from '../../../lib/slots.ts';
import { describeDiskError, isDiskFull } from '../../../lib/system/disk-errors.ts';
import { SegmentFolder } from './segment-folder.ts';

export interface WindowDiskOptions {
  /** `hls.directory`, absolute. */
  readonly directory: string;
  /** Letters and digits, new with every start. */
  readonly bootId: string;
  readonly log: Log;
}

/** What camgate makes in the directory, and all that it ever removes there. */
const ownName = /^camgate-[a-z0-9]{1,40}$/;
/** Says that camgate made the folder, and which process. */
const markerName = 'camgate.json';
/** Written again and again, so that its age tells other machines and containers whether somebody is still there. */
const heartbeatName = 'heartbeat';
const heartbeatEveryMs = 10_000;
/** A folder whose process cannot be asked counts as left behind after so many milliseconds without a heartbeat. */
const abandonedAfterMs = 60_000;
/** Files that are written at once, of the four threads that Node has for files and names. */
const writeCount = 2;

/**
 * A directory for live windows. Every start works in a folder of its own, `camgate-{bootId}`, so several gateways can
 * share a directory and nothing else in it is ever touched. What a crash left behind is removed at the next start, or a
 * minute later where only time can tell that its process is gone.
 *
 * A directory that cannot be used is no error here: segments then stay in memory as far as they fit, and each write
 * tries anew.
 */
export class WindowDisk implements AsyncDisposable {
  readonly #options: WindowDiskOptions;
  readonly #home: string;
  readonly #identity: ProcessIdentity = ownIdentity();
  readonly #slots = new Slots(writeCount);
  readonly #lifetime = new AbortController();
  #chore: Promise<void> = Promise.resolve();

  static async open(options: WindowDiskOptions): Promise<WindowDisk> {
    const disk = new WindowDisk(options);
    await disk.#begin();
    return disk;
  }

  private constructor(options: WindowDiskOptions) {
    this.#options = options;
    this.#home = join(options.directory, `camgate-${options.bootId}`);
  }

  /** For one live window; `name` is made of the camera's id and the window's life. */
  folder(name: string): SegmentFolder {
    return new SegmentFolder({
      path: join(this.#home, name),
      slots: this.#slots,
      prepare: () => this.#prepare(),
      signal: this.#lifetime.signal,
    });
  }

  /** Removes what this start made. Windows must be disposed before. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#lifetime.abort();
    await this.#chore;
    const directory = this.#home;
    try {
      await rm(directory, { recursive: true, force: true, maxRetries: 3 });
    } catch (error) {
      const why = describeDiskError(error);
      const { log } = this.#options;
      log.warn(`the segments of this start could not be removed: ${why}`, { directory });
    }
  }

  async #begin(): Promise<void> {
    await this.#tidy('warn');
    const timer = setInterval(() => {
      this.#chore = this.#tidy('debug');
    }, heartbeatEveryMs).unref();
    this.#lifetime.signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  }

  async #prepare(): Promise<void> {
    await makeDirectory(this.#home);
    if ((await readMarker(join(this.#home, markerName))) === undefined) await this.#mark();
    await this.#beat();
  }

  /** Whole or not at all: what a full disk leaves without it is never removed. */
  async #mark(): Promise<void> {
    const path = join(this.#home, markerName);
    try {
      await writeFile(`${path}.new`, `${JSON.stringify(this.#identity)}\n`);
      await rename(`${path}.new`, path);
    } catch (error) {
      await rm(`${path}.new`, { force: true });
      throw error;
    }
  }

  /** Also on a full disk: the file was emptied then, which is a change as well. */
  async #beat(): Promise<void> {
    try {
      await writeFile(join(this.#home, heartbeatName), new Date().toISOString());
    } catch (error) {
      if (!isDiskFull(error)) throw error;
    }
  }

  /** People are told of a failure at the start; later ones show in the segments that cannot be written. */
  async #tidy(level: 'warn' | 'debug'): Promise<void> {
    const { directory, log } = this.#options;
    try {
      await this.#prepare();
      // By the clock of the file system, which may be another machine's.
      const { mtimeMs: nowMs } = await stat(join(this.#home, heartbeatName));
      for (const entry of await readdir(directory, { withFileTypes: true })) {
        const path = join(directory, entry.name);
        if (!entry.isDirectory() || !ownName.test(entry.name) || path === this.#home) continue;
        if (!(await this.#isLeftBehind(path, nowMs))) continue;
        await rm(path, { recursive: true, force: true, maxRetries: 3 });
        log.info('removed segments that an earlier start left behind', { directory: path });
      }
    } catch (error) {
      log[level](`hls.directory cannot be used: ${describeDiskError(error)}`, { directory });
    }
  }

  /** Without a marker that can be read it is not ours, whatever its name. */
  async #isLeftBehind(path: string, nowMs: number): Promise<boolean> {
    const identity = await readMarker(join(path, markerName));
    if (identity === undefined) return false;
    const liveness = livenessOf(identity, this.#identity);
    if (liveness !== 'unknown') return liveness === 'gone';
    const beat = await stat(join(path, heartbeatName)).catch(() => stat(join(path, markerName)));
    return nowMs - beat.mtimeMs > abandonedAfterMs;
  }
}

async function readMarker(path: string): Promise<ProcessIdentity | undefined> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { scope, pid, startedAt } = value as Partial<Record<keyof ProcessIdentity, unknown>>;
  const isSound =
    typeof scope === 'string' && typeof startedAt === 'string' && Number.isSafeInteger(pid);
  return isSound && (pid as number) > 0 ? { scope, pid: pid as number, startedAt } : undefined;
}
