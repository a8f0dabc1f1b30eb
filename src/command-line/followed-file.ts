import type { CameraConfig } from '../config/config.ts';
import type { Log } from '../lib/log.ts';
import { ConfigWatch } from './config-watch.ts';
import { ControlSocket } from './control-socket.ts';
import type { ProcessEdge } from './edge.ts';
import type { Overrides } from './parse-arguments.ts';
import { planFile, type CamerasPlan } from './plan-run.ts';
import { Reloader, type CameraChanges } from './reloader.ts';

export interface FollowedFileOptions {
  /** As it runs; its file is followed. */
  readonly plan: CamerasPlan;
  /** Of the command line: they stand, whatever the file says later. */
  readonly overrides: Overrides;
  readonly edge: Pick<ProcessEdge, 'env' | 'workingDirectory'>;
  readonly log: Log;
}

/**
 * The configuration file of a running gateway, and everything that has it reloaded: `watch`, `camgate reload`, SIGHUP.
 */
export class FollowedFile implements AsyncDisposable {
  readonly #options: FollowedFileOptions;
  readonly #watch: ConfigWatch | undefined;
  #reloader: Reloader | undefined;
  #control: ControlSocket | undefined;
  #isAsked = false;
  readonly #logFailure = (error: unknown): void => {
    this.#options.log.error('reloading failed', { error });
  };

  /** As soon as the file was read, so that no change is missed while the gateway starts. */
  constructor(options: FollowedFileOptions) {
    const { file } = options.plan;
    this.#options = options;
    const onChange = (): void => this.reload();
    this.#watch =
      file === undefined ? undefined : new ConfigWatch({ file, onChange, log: options.log });
  }

  /** From now on changes go to this gateway. */
  async begin(
    replaceCameras: (configs: readonly CameraConfig[]) => Promise<CameraChanges>,
  ): Promise<void> {
    const { plan, overrides, edge, log } = this.#options;
    const { config, file } = plan;
    const watch = this.#watch;
    if (file === undefined || watch === undefined) return;
    const reloader = new Reloader({
      config,
      plan: () => planFile(file, overrides, edge),
      replaceCameras,
      onWatch: (isWatched) => (watch.isOn = isWatched),
      log,
    });
    this.#reloader = reloader;
    watch.isOn = config.watch;
    if (this.#isAsked) this.reload();
    try {
      this.#control = await ControlSocket.open(file, () => {
        const reloading = reloader.reload();
        // Whoever asked is told to look there.
        reloading.catch(this.#logFailure);
        return reloading;
      });
    } catch (error) {
      log.info('camgate reload will not find this process; use watch or SIGHUP', { error });
    }
  }

  reload(): void {
    const { log } = this.#options;
    if (this.#watch === undefined) {
      log.warn('nothing to reload: the cameras do not come from a configuration file');
    }
    // The gateway may still be starting.
    this.#isAsked = true;
    this.#reloader?.reload().catch(this.#logFailure);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#watch?.[Symbol.dispose]();
    await this.#control?.[Symbol.asyncDispose]();
  }
}
