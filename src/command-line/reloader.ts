import type { CameraConfig, Config } from '../config/config.ts';
import type { Log } from '../lib/log.ts';
import type { RunPlan } from './plan-run.ts';
import { restartKeys } from './restart-keys.ts';

/** What has become of a changed file. */
export type ReloadReport =
  | {
      readonly type: 'reloaded';
      readonly changes: CameraChanges;
      readonly cameraCount: number;
      /** Keys that have changed in the file and not in the running gateway. */
      readonly restartKeys: readonly string[];
    }
  /** Nothing has changed. The problems are those that `camgate check` prints. */
  | { readonly type: 'refused'; readonly problems: readonly string[] };

/** Ids. */
export interface CameraChanges {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

export interface ReloaderOptions {
  /** As it runs. */
  readonly config: Config;
  /** Reads the file again. */
  readonly plan: () => Extract<RunPlan, { type: 'cameras' | 'invalid' }>;
  readonly replaceCameras: (configs: readonly CameraConfig[]) => Promise<CameraChanges>;
  /** Whether the file is watched may have changed. */
  readonly onWatch: (isWatched: boolean) => void;
  readonly log: Log;
}

/** Takes over what has changed in the configuration file. A file with a problem changes nothing. */
export class Reloader {
  readonly #options: ReloaderOptions;
  #last: Promise<unknown> = Promise.resolve();
  #waiting: Promise<ReloadReport> | undefined;

  constructor(options: ReloaderOptions) {
    this.#options = options;
  }

  /** One after the other; whoever asks while one waits for its turn gets the report of that one. */
  reload(): Promise<ReloadReport> {
    this.#waiting ??= this.#inTurn();
    return this.#waiting;
  }

  async #inTurn(): Promise<ReloadReport> {
    await this.#last;
    this.#waiting = undefined;
    const reloading = this.#reload();
    this.#last = reloading.catch(() => undefined);
    return reloading;
  }

  async #reload(): Promise<ReloadReport> {
    const { config: running, plan: read, replaceCameras, onWatch, log } = this.#options;
    const plan = read();
    if (plan.type === 'invalid') {
      for (const problem of plan.problems) log.error(problem);
      log.error('the configuration was not reloaded: everything goes on as before');
      return { type: 'refused', problems: plan.problems };
    }
    for (const notice of plan.notices) log.warn(notice);
    const { cameras, watch } = plan.config;
    const changes = await replaceCameras(cameras);
    onWatch(watch);
    log.info('configuration reloaded', { ...changes });
    const keys = restartKeys(running, plan.config);
    if (keys.length > 0) log.warn(`changed, but only a restart applies it: ${keys.join(', ')}`);
    return { type: 'reloaded', changes, cameraCount: cameras.length, restartKeys: keys };
  }
}
