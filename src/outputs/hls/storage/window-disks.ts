import type { HlsConfig } from '../../../config/config.ts';
import { WindowDisk, type WindowDiskOptions } from './window-disk.ts';

/** The directories that cameras keep their windows in: one claim for all cameras that share one. */
export class WindowDisks implements AsyncDisposable {
  readonly #options: Omit<WindowDiskOptions, 'directory'>;
  /** By directory. One that is no longer configured stays, empty, until the end. */
  readonly #disks = new Map<string, WindowDisk>();
  #opening: Promise<unknown> = Promise.resolve();
  #isDisposed = false;

  constructor(options: Omit<WindowDiskOptions, 'directory'>) {
    this.#options = options;
  }

  /** Never rejects: a directory that cannot be used yet is tried again with every segment. */
  async open(configs: readonly HlsConfig[]): Promise<void> {
    if (this.#isDisposed) return;
    const directories = new Set(configs.flatMap(({ directory }) => directory ?? []));
    const missing = [...directories].filter((directory) => !this.#disks.has(directory));
    const opening = Promise.all(
      missing.map(async (directory) => {
        this.#disks.set(directory, await WindowDisk.open({ ...this.#options, directory }));
      }),
    );
    this.#opening = Promise.all([this.#opening, opening]);
    await opening;
  }

  /** undefined: this camera's window is in memory. */
  diskFor({ directory }: HlsConfig): WindowDisk | undefined {
    return directory === undefined ? undefined : this.#disks.get(directory);
  }

  /** Also what is still being opened: each removes what it has made. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    await this.#opening;
    await Promise.all([...this.#disks.values()].map((disk) => disk[Symbol.asyncDispose]()));
  }
}
