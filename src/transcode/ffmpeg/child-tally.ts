import type { FfmpegChild } from './child.ts';

/** The ffmpeg children of one camera, for metrics: totals go on when a child is gone. */
export class ChildTally {
  readonly restarts = new Map<string, number>();
  readonly #children = new Set<FfmpegChild>();
  #pastCpuSeconds = 0;

  add(child: FfmpegChild): void {
    this.#children.add(child);
    void child.exited.then(() => {
      this.#pastCpuSeconds += child.usage().cpuSeconds;
      this.#children.delete(child);
    });
  }

  restarted(reason: string): void {
    this.restarts.set(reason, (this.restarts.get(reason) ?? 0) + 1);
  }

  get children(): readonly { readonly purpose: string; readonly pid: number }[] {
    return [...this.#children].flatMap(({ purpose, pid }) =>
      pid === undefined ? [] : [{ purpose, pid }],
    );
  }

  get cpuSecondsTotal(): number {
    return [...this.#children].reduce(
      (sum, child) => sum + child.usage().cpuSeconds,
      this.#pastCpuSeconds,
    );
  }

  get residentBytes(): number {
    return [...this.#children].reduce((sum, child) => sum + child.usage().residentBytes, 0);
  }
}
