import { videoTimescale, type AudioTrack, type VideoTrack } from '../../../src/media/frame.ts';
import type {
  SourceBatch,
  SourceEvent,
  SourceFrame,
  SourceSession,
} from '../../../src/sources/source.ts';
import type { CameraSource, CameraVia } from '../../../src/camera/supervisor/supervisor.ts';
import { jpegTrack } from '../media/frames.ts';

/** A device whose session is what a test makes of it. */
export class FakeSource implements CameraSource {
  heldBackSeconds = 0;
  /** Every dial fails so, while it is set. */
  failure: Error | undefined;
  /** When it was dialled, by the monotonic clock. */
  readonly openedAtMs: number[] = [];
  openCount = 0;
  isDisposed = false;
  readonly #batches: (signal: AbortSignal) => AsyncIterable<SourceBatch>;

  /** `batches` end when the signal is aborted. */
  constructor(batches: (signal: AbortSignal) => AsyncIterable<SourceBatch>) {
    this.#batches = batches;
  }

  open(): Promise<SourceSession<CameraVia>> {
    this.openedAtMs.push(performance.now());
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const end = new AbortController();
    this.openCount += 1;
    return Promise.resolve({
      via: 'videostream.cgi',
      paceMs: undefined,
      batches: this.#batches(end.signal),
      close: () => {
        if (!end.signal.aborted) this.openCount -= 1;
        end.abort();
        return Promise.resolve();
      },
    });
  }

  dispose(): Promise<void> {
    this.isDisposed = true;
    return Promise.resolve();
  }
}

/** A device that sends what a test pushes, and no more. */
export class PushedSource extends FakeSource {
  #waiting: SourceBatch[] = [];
  #wake: () => void = () => undefined;

  constructor() {
    super((signal) => this.#batchesUntil(signal));
  }

  /** The events of one read. */
  push(...events: readonly SourceEvent[]): void {
    this.#waiting.push({ byteCount: 1_000, events });
    this.#wake();
  }

  async *#batchesUntil(signal: AbortSignal): AsyncGenerator<SourceBatch, void, undefined> {
    this.#waiting = [];
    signal.addEventListener('abort', () => this.#wake(), { once: true });
    while (!signal.aborted) {
      const batch = this.#waiting.shift();
      if (batch !== undefined) yield batch;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

export function tracksEvent(video: VideoTrack, audio?: AudioTrack): SourceEvent {
  const audioStampTimescale = audio?.timescale ?? 1_000;
  const tracks = { video, audio, videoStampTimescale: 1_000, audioStampTimescale };
  return { type: 'tracks', tracks };
}

/** `stamp` in milliseconds; undefined: the protocol has none. */
export function videoEvent(
  stamp: number | undefined,
  isKeyframe: boolean,
  data: Buffer = Buffer.from('frame'),
): SourceEvent {
  const frame: SourceFrame = { kind: 'video', stamp, duration: 0, isKeyframe, data: [data] };
  return { type: 'frame', frame };
}

/** What a camera that sends JPEG over HTTP gives for one frame. */
export function jpegEvents(bytes: Buffer = Buffer.from([0xff, 0xd8, 0xff, 0xd9])): SourceEvent[] {
  const tracks = {
    video: jpegTrack,
    audio: undefined,
    videoStampTimescale: videoTimescale,
    audioStampTimescale: videoTimescale,
  };
  return [{ type: 'tracks', tracks }, videoEvent(undefined, true, bytes)];
}
