import { open, rm, statfs, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectory } from '../../../lib/system/make-directory.ts';
import type { Slots } from '../../../lib/slots.ts';

export interface SegmentFolderOptions {
  /** Of this folder alone; made when the first file is written. */
  readonly path: string;
  /** Shared by all folders, so that a disk that hangs takes only some of the threads that Node has for files. */
  readonly slots: Slots;
  /** Makes what must be there before the folder. */
  readonly prepare: () => Promise<void>;
  /** After this nothing is made any more. */
  readonly signal: AbortSignal;
}

/** The files of one live window. Names are made by camgate, never by a viewer. */
export class SegmentFolder {
  readonly #options: SegmentFolderOptions;

  constructor(options: SegmentFolderOptions) {
    this.#options = options;
  }

  /** Rejects as well where the file has another length: somebody has cut it off, or a crash of the machine has. */
  async open(name: string, byteLength: number): Promise<FileHandle> {
    const file = await open(this.#pathOf(name));
    try {
      const { size } = await file.stat();
      if (size !== byteLength) throw new Error(`${name} has ${size} bytes of ${byteLength}`);
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /**
   * What the disk has left for everybody, in bytes. Infinity where it does not say: before the first file, and on some
   * network file systems, which call themselves of no size.
   */
  freeByteCount(): Promise<number> {
    const { path, slots, signal } = this.#options;
    return slots.run(async () => {
      try {
        const { blocks, bavail, bsize } = await statfs(path);
        return blocks === 0 ? Number.POSITIVE_INFINITY : bavail * bsize;
      } catch {
        return Number.POSITIVE_INFINITY;
      }
    }, signal);
  }

  /** Rejects with the file system's error and leaves nothing half written, or with the signal's reason. */
  write(name: string, chunks: readonly Buffer[]): Promise<void> {
    const { slots, signal } = this.#options;
    return slots.run(() => this.#write(name, chunks), signal);
  }

  /** A file that is not there is no error. */
  async remove(name: string): Promise<void> {
    await rm(this.#pathOf(name), { force: true });
  }

  async removeAll(): Promise<void> {
    await rm(this.#options.path, { recursive: true, force: true, maxRetries: 3 });
  }

  async #write(name: string, chunks: readonly Buffer[]): Promise<void> {
    const file = await this.#create(name);
    try {
      try {
        await writeAll(file, chunks);
      } finally {
        await file.close();
      }
    } catch (error) {
      await this.remove(name).catch(() => undefined);
      throw error;
    }
  }

  /** The folder is made when it is missing: at first, and after somebody has tidied up. */
  async #create(name: string): Promise<FileHandle> {
    const path = this.#pathOf(name);
    try {
      return await open(path, 'w');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      this.#options.signal.throwIfAborted();
      await this.#options.prepare();
      await makeDirectory(this.#options.path);
      return await open(path, 'w');
    }
  }

  #pathOf(name: string): string {
    return join(this.#options.path, name);
  }
}

/** One system call as a rule; a disk that is nearly full takes less than it was given, and fails at the next. */
async function writeAll(file: FileHandle, chunks: readonly Buffer[]): Promise<void> {
  let rest = chunks.filter(({ length }) => length > 0);
  while (rest.length > 0) {
    let { bytesWritten } = await file.writev(rest);
    while (rest[0] !== undefined && bytesWritten >= rest[0].length) {
      bytesWritten -= rest[0].length;
      rest = rest.slice(1);
    }
    if (rest[0] !== undefined) rest = [rest[0].subarray(bytesWritten), ...rest.slice(1)];
  }
}
