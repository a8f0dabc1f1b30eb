import { DialMemory, type Takeover } from '../camera/supervisor/dial-memory.ts';
import type { CameraConfig } from '../config/config.ts';
import type { Log } from '../lib/log.ts';
import type { ServedCamera } from './served-camera.ts';
import type { CameraRegistry, CameraSetChange } from './viewable-camera.ts';

export type { Takeover };

export interface ServedCamerasOptions {
  /** @param past of the device, which another camera object may have had until now */
  readonly build: (config: CameraConfig, past: Takeover) => ServedCamera;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  readonly log: Log;
}

/** Ids of the cameras that a new configuration has come with. */
export interface CameraSetChanges {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

interface Leaving {
  readonly host: string;
  readonly gone: Promise<void>;
}

/** The cameras of this process. */
export class ServedCameras implements CameraRegistry {
  readonly #options: ServedCamerasOptions;
  readonly #listeners = new Set<(change: CameraSetChange) => void>();
  readonly #memory: DialMemory;
  /** Being closed: their sessions may still be open. */
  readonly #leaving = new Set<Leaving>();
  #cameras: readonly ServedCamera[] = [];
  #byId: ReadonlyMap<string, ServedCamera> = new Map();
  #isDisposed = false;

  constructor(options: ServedCamerasOptions) {
    this.#options = options;
    this.#memory = new DialMemory(options.now);
  }

  get cameras(): readonly ServedCamera[] {
    return this.#cameras;
  }

  find(id: string): ServedCamera | undefined {
    return this.#byId.get(id);
  }

  subscribe(listener: (change: CameraSetChange) => void): void {
    this.#listeners.add(listener);
  }

  /**
   * These cameras take the place of those before. One whose configuration is the same stays as it is, session, viewers
   * and all; the others are closed and built anew.
   */
  replace(configs: readonly CameraConfig[]): CameraSetChanges {
    if (this.#isDisposed) return { added: [], changed: [], removed: [] };
    const before = this.#byId;
    const isKept = (config: CameraConfig): boolean => isSame(before.get(config.id), config);
    const kept = new Set(configs.filter(isKept).map(({ id }) => id));
    const former = [...before.values()].filter(({ id }) => !kept.has(id));
    for (const camera of former) this.#remember(camera);
    const built = this.#build(configs.filter(({ id }) => !kept.has(id)));
    this.#cameras = configs.flatMap(({ id }) => built.get(id) ?? before.get(id) ?? []);
    this.#byId = new Map(this.#cameras.map((camera) => [camera.id, camera]));
    for (const camera of former) this.#close(camera);
    return this.#tell(before);
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    for (const camera of this.#cameras) this.#close(camera);
    await Promise.all([...this.#leaving].map(({ gone }) => gone));
  }

  /** All of them, or none: the set stays as it is where one cannot be built. */
  #build(configs: readonly CameraConfig[]): ReadonlyMap<string, ServedCamera> {
    const built = new Map<string, ServedCamera>();
    try {
      for (const config of configs) {
        built.set(config.id, this.#options.build(config, this.#takeover(config)));
      }
    } catch (error) {
      for (const camera of built.values()) this.#close(camera);
      throw error;
    }
    return built;
  }

  #tell(before: ReadonlyMap<string, ServedCamera>): CameraSetChanges {
    const removed = [...before.values()].filter(({ id }) => !this.#byId.has(id));
    const added = this.#cameras.filter(({ id }) => !before.has(id));
    const changed = this.#cameras.flatMap((camera) => {
      const former = before.get(camera.id);
      return former === undefined || former === camera ? [] : [{ camera, former }];
    });
    for (const camera of removed) this.#emit({ type: 'removed', camera });
    for (const each of changed) this.#emit({ type: 'changed', ...each });
    for (const camera of added) this.#emit({ type: 'added', camera });
    const idOf = ({ id }: ServedCamera): string => id;
    return {
      added: added.map(idOf),
      changed: changed.map(({ camera }) => camera.id),
      removed: removed.map(idOf),
    };
  }

  #emit(change: CameraSetChange): void {
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (error) {
        const { type, camera } = change;
        this.#options.log.error('a listener failed', { camera: camera.id, change: type, error });
      }
    }
  }

  /** Later, when everybody has been told: the reason that its viewers get is not that it was closed. */
  #close(camera: ServedCamera): void {
    const closing = Promise.resolve().then(() => camera.dispose());
    const gone = closing
      .catch((error: unknown) => {
        this.#options.log.error('a camera was not closed cleanly', { camera: camera.id, error });
      })
      .finally(() => {
        // A dial that was under way has had its verdict only now.
        this.#remember(camera);
        this.#leaving.delete(leaving);
      });
    const leaving = { host: camera.camera.config.url.host, gone };
    this.#leaving.add(leaving);
  }

  #remember({ camera: { config, supervisor } }: ServedCamera): void {
    this.#memory.keep(config, supervisor);
  }

  /** A camera that has got another id, or another setting, is still one device with one session. */
  #takeover(config: CameraConfig): Takeover {
    const whenFree = (): Promise<unknown> => {
      const others = [...this.#leaving].filter(({ host }) => host === config.url.host);
      return Promise.all(others.map(({ gone }) => gone));
    };
    // Later, when those that have to leave are known: they are closed only once all the new ones have been built.
    const deviceFree = Promise.resolve().then(whenFree);
    return { ...this.#memory.recall(config), deviceFree };
  }
}

/** By value; both come from the same parser, so their keys have the same order. */
function isSame(camera: ServedCamera | undefined, config: CameraConfig): boolean {
  return camera !== undefined && JSON.stringify(camera.camera.config) === JSON.stringify(config);
}
