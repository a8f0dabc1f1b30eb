import { CamgateError } from '../../../src/lib/errors.ts';
import type { JpegFrame } from '../../../src/media/jpeg/jpeg.ts';
import type {
  ClassicRendition,
  LiveWindowView,
  MediaResource,
  PlaylistQuery,
  PlaylistText,
  Rendition,
} from '../../../src/outputs/hls/window/window.ts';
import type {
  CameraCounters,
  CameraRegistry,
  CameraSetChange,
  CameraStatus,
  Snapshot,
  SnapshotRequest,
  ViewableCamera,
  WatchOptions,
} from '../../../src/outputs/viewable-camera.ts';
import { Viewers } from '../../../src/outputs/viewers.ts';

/** A real picture: red, 32x24. */
export const jpeg = Buffer.from(
  '/9j/4AAQSkZJRgABAgAAAQABAAD//gAQTGF2YzU5LjM3LjEwMAD/2wBDAAgoKC8oLzc3Nzc3N0E8QUNDQ0FBQUFDQ0NISEhVVVVISEhDQ0hIUFBVVVxfXFdXVVdfX2RkZHh4c3OMjJGsrM//xABNAAEBAAAAAAAAAAAAAAAAAAAABgEBAQEAAAAAAAAAAAAAAAAAAAYHEAEAAAAAAAAAAAAAAAAAAAAAEQEAAAAAAAAAAAAAAAAAAAAA/8AAEQgAGAAgAwEiAAIRAAMRAP/aAAwDAQACEQMRAD8AiwEo38AAAAAB/9k=',
  'base64',
);

export function frameOf(bytes: Buffer): JpegFrame {
  return { bytes, width: 32, height: 24 };
}

interface Waiting {
  resolve(): void;
  reject(error: unknown): void;
}

/** A window of numbered parts that grows when told; waits as the real one does. */
export class FakeWindow implements LiveWindowView {
  readonly life: string;
  isEmpty = false;
  /** Calls that had to wait, and whether they were aborted. */
  waitCount = 0;
  abortCount = 0;
  /** Stand in the playlist. */
  playlistLines = '';
  #part = 0;
  readonly #media = new Map<string, MediaResource>();
  readonly #waiting = new Map<string, Set<Waiting>>();

  constructor(life: string) {
    this.life = life;
    this.add('init-0.mp4', [Buffer.from('init')]);
  }

  add(name: string, chunks: Buffer[]): void {
    const byteLength = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    this.put(name, { kind: 'memory', contentType: 'video/mp4', chunks, byteLength });
  }

  put(name: string, resource: MediaResource): void {
    this.#media.set(name, resource);
    this.#wake(name);
  }

  /** Completes the next part: the playlist changes and those who asked for the part are released. */
  advance(chunk: Buffer): void {
    this.#part++;
    this.add(`0.${this.#part - 1}.m4s`, [chunk]);
    this.#wake(`playlist ${this.#part - 1}`);
  }

  multivariantPlaylist(rendition: Rendition = 'live'): PlaylistText {
    const path = rendition === 'live' ? 'hls' : '../hls';
    const uri = `${path}/${this.life}/${rendition}.m3u8`;
    return {
      body: Buffer.from(`#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n${uri}\n`),
      etag: rendition === 'live' ? '"index"' : `"index-${rendition}"`,
    };
  }

  classicPlaylist(rendition: ClassicRendition, signal: AbortSignal): Promise<PlaylistText> {
    return this.#wait(`classic ${rendition}`, signal).then(() => ({
      body: Buffer.from(`#EXTM3U\n#WHOLE:${rendition}\n`),
      etag: `"${rendition}"`,
    }));
  }

  /** Releases those who wait for a classic playlist. */
  startClassic(rendition: ClassicRendition): void {
    this.#wake(`classic ${rendition}`);
  }

  playlistKey({ msn, part, skip }: PlaylistQuery): string {
    return `${Number(msn ?? 0)}/${Number(part ?? 0)}/${skip ?? ''}`;
  }

  mediaPlaylist(query: PlaylistQuery, signal: AbortSignal): PlaylistText | Promise<PlaylistText> {
    if (query.msn === undefined) return this.#playlist();
    const part = Number(query.part ?? 0);
    if (!/^\d+$/.test(query.msn) || Number(query.msn) > 2) {
      throw new CamgateError('query-invalid', '_HLS_msn is too far ahead.');
    }
    if (part < this.#part) return this.#playlist();
    return this.#wait(`playlist ${part}`, signal).then(() => this.#playlist());
  }

  media(name: string, signal: AbortSignal): MediaResource | Promise<MediaResource> | undefined {
    const resource = this.#media.get(name);
    if (resource !== undefined || name !== `0.${this.#part}.m4s`) return resource;
    return this.#wait(name, signal).then(() => this.#media.get(name) as MediaResource);
  }

  fail(error: Error): void {
    for (const waiting of [...this.#waiting.values()].flatMap((set) => [...set]))
      waiting.reject(error);
  }

  #playlist(): PlaylistText {
    const text = `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#PARTS:${this.#part}\n${this.playlistLines}`;
    return { body: Buffer.from(text), etag: `"p${this.#part}"` };
  }

  #wait(key: string, signal: AbortSignal): Promise<void> {
    this.waitCount++;
    return new Promise((resolve, reject) => {
      const waiting = { resolve, reject };
      const set = this.#waiting.get(key) ?? new Set();
      this.#waiting.set(key, set.add(waiting));
      signal.addEventListener('abort', () => {
        this.abortCount++;
        set.delete(waiting);
        reject(signal.reason as Error);
      });
    });
  }

  #wake(key: string): void {
    for (const waiting of this.#waiting.get(key) ?? []) waiting.resolve();
    this.#waiting.delete(key);
  }
}

type Watcher = (frame: JpegFrame) => void;

/** A camera whose media a test hands out itself. Cold until `live` is set. */
export class FakeCamera implements ViewableCamera {
  readonly id: string;
  readonly name: string;
  readonly viewers = new Viewers(() => performance.now());
  readonly watchers = new Set<Watcher>();
  live: FakeWindow | undefined;
  readonly windows = new Map<string, FakeWindow>();
  touchCount = 0;
  openCount = 0;
  snapshotRequests: SnapshotRequest[] = [];
  nextSnapshot: () => Promise<Snapshot> = () =>
    Promise.resolve({ bytes: jpeg, takenAtMs: Date.now(), ageMs: () => 0, etag: '"s1"' });
  nextOpen: (signal: AbortSignal) => Promise<LiveWindowView> = () =>
    Promise.reject(
      new CamgateError('camera-connecting', 'The camera is being dialled.', { retryAfterMs: 1500 }),
    );
  watchFailure: Error | undefined;
  retryCount = 0;
  retryFailure: Error | undefined;

  constructor(id: string, window?: FakeWindow) {
    this.id = id;
    this.name = `Camera ${id}`;
    if (window !== undefined) this.goLive(window);
  }

  goLive(window: FakeWindow): void {
    this.live = window;
    this.windows.set(window.life, window);
  }

  findLive(life: string): FakeWindow | undefined {
    return this.windows.get(life);
  }

  retry(): void {
    this.retryCount++;
    if (this.retryFailure !== undefined) throw this.retryFailure;
  }

  touchHls(): void {
    this.touchCount++;
  }

  openLive(signal: AbortSignal): Promise<LiveWindowView> {
    this.openCount++;
    return this.nextOpen(signal);
  }

  snapshot(request: SnapshotRequest, signal: AbortSignal): Promise<Snapshot> {
    this.snapshotRequests.push(request);
    return Promise.race([
      this.nextSnapshot(),
      new Promise<never>((_, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason as Error)),
      ),
    ]);
  }

  watchJpeg(
    onFrame: Watcher,
    signal: AbortSignal,
    { isPatient = false }: WatchOptions = {},
  ): Promise<void> {
    if (this.watchFailure !== undefined && !isPatient) return Promise.reject(this.watchFailure);
    this.watchers.add(onFrame);
    if (isPatient) {
      signal.addEventListener('abort', () => this.watchers.delete(onFrame));
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => {
        this.watchers.delete(onFrame);
        reject(signal.reason as Error);
      });
    });
  }

  show(frame: JpegFrame): void {
    for (const watcher of this.watchers) watcher(frame);
  }

  status(): CameraStatus {
    return {
      id: this.id,
      name: this.name,
      state: this.live === undefined ? 'idle' : 'live',
      stateText: this.live === undefined ? 'idle' : 'live',
      since: '2026-01-01T00:00:00.000Z',
      sinceSeconds: 0,
      reason: null,
      advice: null,
      detail: null,
      nextRetryAt: null,
      nextRetrySeconds: null,
      via: null,
      tracks: [],
      frameRate: null,
      bitrateBitsPerSecond: null,
      lastFrameAgeSeconds: null,
      viewers: this.viewers.counts(),
      alwaysOn: false,
      encoding: null,
      isSlateShown: false,
    };
  }

  counters(): CameraCounters {
    const histogram = { bounds: [0.5, 1, 2], cumulativeCounts: [1, 3, 4], count: 5, sum: 6.5 };
    return {
      state: 'live',
      isUp: true,
      lastFrameAgeSeconds: 0.04,
      lastKeyframeAgeSeconds: undefined,
      bytesTotal: 1000,
      framesTotal: 25,
      keyframesTotal: 1,
      connectsTotal: new Map([
        ['ok', 2],
        ['timeout', 1],
      ]),
      backoffSeconds: 0,
      sessionSeconds: 12,
      stallsTotal: 0,
      corruptFramesTotal: 3,
      heldBackSecondsTotal: 0.5,
      clockSkewSeconds: -0.01,
      clockDriftRatio: 1.001,
      encoderDropsTotal: 9,
      deliveredBytesTotal: this.viewers.deliveredBytes,
      droppedTotal: this.viewers.droppedCounts,
      viewers: this.viewers.counts(),
      ffmpegChildren: [{ purpose: 'remux', pid: 1 }],
      ffmpegRestartsTotal: new Map([['ffmpeg-failed', 1]]),
      ffmpegCpuSecondsTotal: 1.5,
      ffmpegResidentBytes: 4_000_000,
      segmentSeconds: histogram,
      partSeconds: histogram,
      windowBytes: 123,
      windowDiskBytes: 456,
      diskFailuresTotal: 0,
      gapsTotal: 0,
      blockedRequests: 0,
      discontinuitiesTotal: 0,
      snapshotAgeSeconds: 0.5,
      snapshotDecodesTotal: 7,
    };
  }
}

/** Cameras that a test can replace while the server runs. */
export class FakeRegistry implements CameraRegistry {
  cameras: readonly FakeCamera[];
  readonly #listeners: ((change: CameraSetChange) => void)[] = [];

  constructor(cameras: readonly FakeCamera[]) {
    this.cameras = cameras;
  }

  find(id: string): FakeCamera | undefined {
    return this.cameras.find((camera) => camera.id === id);
  }

  subscribe(listener: (change: CameraSetChange) => void): void {
    this.#listeners.push(listener);
  }

  add(camera: FakeCamera): void {
    this.cameras = [...this.cameras, camera];
    this.#tell({ type: 'added', camera });
  }

  remove(camera: FakeCamera): void {
    this.cameras = this.cameras.filter((each) => each !== camera);
    this.#tell({ type: 'removed', camera });
  }

  change(former: FakeCamera, camera: FakeCamera): void {
    this.cameras = this.cameras.map((each) => (each === former ? camera : each));
    this.#tell({ type: 'changed', former, camera });
  }

  #tell(change: CameraSetChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}

export function registryOf(...cameras: FakeCamera[]): FakeRegistry {
  return new FakeRegistry(cameras);
}
