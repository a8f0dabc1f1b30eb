import type { HlsConfig } from '../../../config/config.ts';
import { WindowDisk, type WindowDiskOptions } from './window-disk.ts';

/** The directories that cameras keep their windows in: one claim for all cameras that share one. */
export class WindowDisks implements AsyncDisposable {
  readonly #options: Omit<WindowDiskOptions, 'directory'>;
  /** By directory. One that is no longer configured stays, empty, until the end. */
  readonly #disks = new Map<string, WindowDisk>();

  constructor(options: Omit<WindowDiskOptions, 'directory'>) {
    this.#options = options;
  }

  /** Never rejects: a directory that cannot be used yet is tried again with every segment. */
  async open(configs: readonly HlsConfig[]): Promise<void> {
    const directories = new Set(configs.flatMap(({ directory }) => directory ?? []));
    const missing = [...directories].filter((directory) => !this.#disks.has(directory));
    await Promise.all(
      missing.map(async (directory) => {
        this.#disks.set(directory, await WindowDisk.open({ ...this.#options, directory }));
      }),
    );
  }

  /** undefined: this camera's window is in memory. */
  diskFor({ directory }: HlsConfig): WindowDisk | undefined {
    return directory === undefined ? undefined : this.#disks.get(directory);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#disks.values()].map((disk) => disk[Symbol.asyncDispose]()));
  }
}
