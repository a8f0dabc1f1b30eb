import type { HlsConfig } from '../../../config/config.ts';
import { WindowDisk, type WindowDiskOptions } from './window-disk.ts';

/** The directories that cameras keep their windows in: one claim for all cameras that share one. */
export class WindowDisks implements AsyncDisposable {
  /** Never rejects: a directory that cannot be used yet is tried again with every segment. */
  static async open(
    configs: readonly HlsConfig[],
    options: Omit<WindowDiskOptions, 'directory'>,
  ): Promise<WindowDisks> {
    const directories = new Set(configs.flatMap(({ directory }) => directory ?? []));
    const entries = await Promise.all(
      [...directories].map(async (directory) => {
        return [directory, await WindowDisk.open({ ...options, directory })] as const;
      }),
    );
    return new WindowDisks(new Map(entries));
  }

  readonly #disks: ReadonlyMap<string, WindowDisk>;

  private constructor(disks: ReadonlyMap<string, WindowDisk>) {
    this.#disks = disks;
  }

  /** undefined: this camera's window is in memory. */
  diskFor({ directory }: HlsConfig): WindowDisk | undefined {
    return directory === undefined ? undefined : this.#disks.get(directory);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#disks.values()].map((disk) => disk[Symbol.asyncDispose]()));
  }
}
