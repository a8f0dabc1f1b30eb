import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Log } from '../../lib/log.ts';
import type { EncodedFrame } from './frame-splitter.ts';
import { encodeLoop, type LoopSpec } from './loop-encoder.ts';

/** A loop in memory, shared by every stream that sends it. */
export interface VideoLoop {
  readonly spec: LoopSpec;
  readonly frames: readonly EncodedFrame[];
}

export interface LoopLibraryOptions {
  readonly ffmpegPath: string;
  readonly log: Log;
  /** Where encoded loops are kept between runs; by default a folder of the system's temporary directory. */
  readonly directory?: string;
}

/** Counts up when the scene or the file changes, so that old files are not taken for new ones. */
const formatVersion = 1;
/** Encoding takes a few seconds; a child that takes this long is stuck. */
const encodeTimeoutMs = 120_000;

/**
 * Encoded loops, each made once: in memory for this process, on disk for the next. Any number of simulators may share
 * one library, which is what makes a hundred of them cheap.
 */
export class LoopLibrary {
  readonly #options: LoopLibraryOptions;
  readonly #directory: string;
  readonly #loops = new Map<string, Promise<VideoLoop>>();

  constructor(options: LoopLibraryOptions) {
    this.#options = options;
    this.#directory = options.directory ?? join(tmpdir(), 'camgate-simulator');
  }

  /** Rejects with ffmpeg-missing or ffmpeg-failed; a later call then tries again. */
  load(spec: LoopSpec): Promise<VideoLoop> {
    const key = this.#key(spec);
    let loop = this.#loops.get(key);
    if (!loop) {
      loop = this.#loadOrEncode(spec, join(this.#directory, key));
      this.#loops.set(key, loop);
      loop.catch(() => this.#loops.delete(key));
    }
    return loop;
  }

  #key(spec: LoopSpec): string {
    const parts = [formatVersion, this.#options.ffmpegPath, ...Object.entries(spec).sort()];
    return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 24);
  }

  async #loadOrEncode(spec: LoopSpec, folder: string): Promise<VideoLoop> {
    const cached = await this.#read(join(folder, 'loop'));
    if (cached?.length === spec.frameCount) return { spec, frames: cached };
    const startedAt = performance.now();
    const size = `${spec.width}x${spec.height}`;
    this.#options.log.info(`encoding the simulated scene once (${spec.codec}, ${size})`);
    const signal = AbortSignal.timeout(encodeTimeoutMs);
    const frames = await encodeLoop(spec, this.#options.ffmpegPath, signal);
    const took = ((performance.now() - startedAt) / 1000).toFixed(1);
    this.#options.log.info(`simulated scene ready after ${took} s`, { frames: frames.length });
    await this.#write(folder, frames);
    return { spec, frames };
  }

  async #read(path: string): Promise<EncodedFrame[] | undefined> {
    try {
      return parseLoopFile(await readFile(path));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
        this.#options.log.warn('a cached loop cannot be used and is encoded again', {
          path,
          error,
        });
      }
      return undefined;
    }
  }

  /** Written beside and renamed, so that another process never reads half a file. A full disk costs only the cache. */
  async #write(folder: string, frames: readonly EncodedFrame[]): Promise<void> {
    const temporary = join(folder, `loop.${randomUUID()}`);
    try {
      await mkdir(folder, { recursive: true });
      await writeFile(temporary, renderLoopFile(frames));
      await rename(temporary, join(folder, 'loop'));
    } catch (error) {
      this.#options.log.warn('the encoded loop could not be saved for the next start', {
        folder,
        error,
      });
      await rm(temporary, { force: true });
    }
  }
}

/** One line of JSON with the frames' sizes (negative: no keyframe), then the frames. */
function renderLoopFile(frames: readonly EncodedFrame[]): Buffer {
  const sizes = frames.map(({ bytes, isKeyframe }) => (isKeyframe ? 1 : -1) * bytes.length);
  const head = Buffer.from(`${JSON.stringify(sizes)}\n`);
  return Buffer.concat([head, ...frames.map(({ bytes }) => bytes)]);
}

function parseLoopFile(file: Buffer): EncodedFrame[] {
  const headEnd = file.indexOf('\n');
  const sizes = JSON.parse(file.toString('latin1', 0, headEnd)) as number[];
  let at = headEnd + 1;
  const frames = sizes.map((size) => {
    const start = at;
    at += Math.abs(size);
    return { bytes: file.subarray(start, at), isKeyframe: size > 0 };
  });
  if (at !== file.length) throw new Error('the file has the wrong length');
  return frames;
}
