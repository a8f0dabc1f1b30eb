import { Camera, type CameraOptions } from '../camera/camera.ts';
import type { WindowDisk } from './hls/storage/window-disk.ts';
import type { LiveWindowView } from './hls/window/window.ts';
import { countersOf, statusOf } from './camera-report.ts';
import { HlsOutput } from './hls/hls-output.ts';
import { MjpegOutput } from './mjpeg/mjpeg-output.ts';
import { SnapshotOutput } from './snapshot/snapshot-output.ts';
import type {
  CameraCounters,
  CameraStatus,
  MjpegFrame,
  Snapshot,
  SnapshotRequest,
  ViewableCamera,
  WatchOptions,
} from './viewable-camera.ts';
import { Viewers } from './viewers.ts';

export interface ServedCameraOptions extends Omit<CameraOptions, 'promises'> {
  /** Letters and digits, new with every start of the gateway: makes media names unique. */
  readonly bootId: string;
  /** Where the window's segments go; undefined keeps them in memory. */
  readonly disk: WindowDisk | undefined;
}

/** A camera of this process with all of its outputs. */
export class ServedCamera implements ViewableCamera {
  readonly camera: Camera;
  readonly hls: HlsOutput;
  readonly snapshots: SnapshotOutput;
  readonly viewers: Viewers;
  readonly #mjpeg: MjpegOutput;

  constructor(options: ServedCameraOptions) {
    const { clock, bootId, disk, config } = options;
    const log = options.log.child({ camera: config.id });
    this.viewers = new Viewers(() => clock.monotonicMs());
    this.camera = new Camera({ ...options, log, promises: () => this.hls.promises });
    const { camera, viewers } = this;
    this.hls = new HlsOutput({ camera, viewers, bootId, disk, log });
    this.snapshots = new SnapshotOutput(camera, bootId);
    this.#mjpeg = new MjpegOutput(camera);
  }

  get id(): string {
    return this.camera.id;
  }

  get name(): string {
    return this.camera.config.name;
  }

  status(): CameraStatus {
    return statusOf(this);
  }

  counters(): CameraCounters {
    return countersOf(this);
  }

  retry(): void {
    this.camera.retry();
  }

  touchHls(): void {
    this.hls.touch();
  }

  get live(): LiveWindowView | undefined {
    return this.hls.live;
  }

  findLive(life: string): LiveWindowView | undefined {
    return this.hls.findLive(life);
  }

  openLive(signal: AbortSignal): Promise<LiveWindowView> {
    return this.hls.openLive(signal);
  }

  snapshot(request: SnapshotRequest, signal: AbortSignal): Promise<Snapshot> {
    return this.snapshots.take(request, signal);
  }

  watchJpeg(
    onFrame: (frame: MjpegFrame) => void,
    signal: AbortSignal,
    options?: WatchOptions,
  ): Promise<void> {
    return this.#mjpeg.watch(onFrame, signal, options);
  }

  async dispose(): Promise<void> {
    this.hls.dispose();
    await Promise.all([this.snapshots.dispose(), this.camera.dispose()]);
  }
}
