import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { WindowDisk } from '../../../../../src/outputs/hls/storage/window-disk.ts';
import type { Log, LogFields } from '../../../../../src/lib/log.ts';
import type { FileMedia, MediaResource } from '../../../../../src/outputs/hls/window/window.ts';
import { boxed, frame, WindowRig } from '../window-rig.ts';
import type { LiveWindowOptions } from '../../../../../src/outputs/hls/window/live-window.ts';

/** Keeps what is said to people. */
export class HeardLog implements Log {
  readonly lines: {
    readonly level: string;
    readonly message: string;
    readonly fields: LogFields;
  }[] = [];
  debug = this.#hear('debug');
  info = this.#hear('info');
  warn = this.#hear('warn');
  error = this.#hear('error');

  child(): Log {
    return this;
  }

  messages(level: string): string[] {
    return this.lines.filter((line) => line.level === level).map(({ message }) => message);
  }

  #hear(level: string) {
    return (message: string, fields: LogFields = {}): void => {
      this.lines.push({ level, message, fields });
    };
  }
}

const never = new AbortController().signal;

/** A window of 100 ms frames and 1 s segments whose segments go to a directory of its own. */
export class DiskRig implements AsyncDisposable {
  readonly directory: string;
  readonly log: HeardLog;
  readonly rig: WindowRig;
  readonly #disk: WindowDisk;
  #timeMs = 0;

  /** `parent` is where the directory is made. */
  static async start(
    options: Partial<LiveWindowOptions> = {},
    parent = tmpdir(),
  ): Promise<DiskRig> {
    const directory = await mkdtemp(join(parent, 'camgate-disk-rig-'));
    const log = new HeardLog();
    const disk = await WindowDisk.open({ directory, bootId: 'boot1', log });
    return new DiskRig({ directory, log, disk }, options);
  }

  private constructor(
    { directory, log, disk }: { directory: string; log: HeardLog; disk: WindowDisk },
    options: Partial<LiveWindowOptions>,
  ) {
    this.directory = directory;
    this.log = log;
    this.#disk = disk;
    const folder = disk.folder('front-life1');
    this.rig = new WindowRig({ folder, log, windowMs: 60_000, ...options });
  }

  get window() {
    return this.rig.window;
  }

  /** Where the files of the window are. */
  get folder(): string {
    return join(this.directory, 'camgate-boot1', 'front-life1');
  }

  files(): Promise<string[]> {
    return readdir(this.folder);
  }

  /** Plays on by so many seconds, 10 frames of `frameBytes` each, boxes included, to a viewer who follows. */
  play(seconds: number, frameBytes = 1000): void {
    const { rig } = this;
    const startMs = rig.nowMs - this.#timeMs;
    const endMs = this.#timeMs + seconds * 1000;
    for (; this.#timeMs < endMs; this.#timeMs += 100) {
      rig.nowMs = startMs + this.#timeMs;
      rig.window.append(boxed(frame(this.#timeMs, this.#timeMs % 1000 === 0), frameBytes, 2));
      if (!rig.window.isEmpty) rig.text();
    }
    rig.nowMs = startMs + this.#timeMs;
  }

  /** Plays in steps that a disk can follow. */
  async playSlowly(seconds: number, { step = 5, frameBytes = 1000 } = {}): Promise<void> {
    for (let second = 0; second < seconds; second += step) {
      this.play(Math.min(step, seconds - second), frameBytes);
      await this.settled();
    }
  }

  /** All whole segments that are not lost are on disk. */
  async settled(): Promise<void> {
    await vi.waitFor(() => expect(this.window.diskByteCount).toBe(this.#wholeBytes()), {
      interval: 10,
    });
  }

  /** Media sequence numbers in the playlist. */
  listed(): number[] {
    return [...this.rig.text().matchAll(/^(\d+)\.m4s$/gm)].map(([, msn]) => Number(msn));
  }

  /** The last so many that have left the playlist. */
  leaves(count: number): number[] {
    const [oldest = 0] = this.listed();
    return Array.from({ length: count }, (_, index) => oldest - 1 - index);
  }

  gaps(): number[] {
    const gaps = /#EXT-X-GAP\n#EXTINF:[\d.]+,\n(\d+)\.m4s/g;
    return [...this.rig.text().matchAll(gaps)].map(([, msn]) => Number(msn));
  }

  media(name: string): MediaResource | undefined {
    const resource = this.window.media(name, never);
    if (resource instanceof Promise) throw new Error(`${name} is not there yet`);
    return resource;
  }

  /** The bytes of a resource, wherever they lie. */
  async read(name: string): Promise<Buffer> {
    const resource = this.media(name);
    if (resource === undefined) throw new Error(`${name} is gone`);
    return resource.kind === 'memory' ? Buffer.concat(resource.chunks) : readFile(resource);
  }

  #wholeBytes(): number {
    const count = Math.ceil(this.#timeMs / 1000) + 1;
    const names = Array.from({ length: count }, (_, msn) => this.media(`${msn}.m4s`));
    return names.reduce((sum, resource) => sum + (resource?.byteLength ?? 0), 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.window.dispose();
    await this.#disk[Symbol.asyncDispose]();
    await rm(this.directory, { recursive: true, force: true });
  }
}

async function readFile({ start, byteLength, open }: FileMedia): Promise<Buffer> {
  const file = await open();
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(byteLength), 0, byteLength, start);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
