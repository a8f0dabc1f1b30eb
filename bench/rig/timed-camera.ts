import { silentLog } from '../../src/lib/log.ts';
import { splitNals } from '../../src/simulator/streams/frame-splitter.ts';
import { loopFrameCount } from '../../src/simulator/streams/loop-encoder.ts';
import { LoopLibrary, type VideoLoop } from '../../src/simulator/streams/loop-library.ts';
import { ScriptedCamera, type Line } from '../../test/integration/gateway/scripted-camera.ts';
import { ffmpegOn, publishedStream } from './cameras.ts';

interface WrittenFrame {
  /** The picture itself, without parameter sets and filler: it goes through a gateway unchanged. */
  readonly slice: Buffer;
  readonly atMs: number;
}

/** Frames that a search looks at: three seconds, longer than any segment. */
const maxWrittenFrames = 90;
const frameMs = 1000 / publishedStream.fps;
/** ITU-T H.264 table 7-1: slice of a picture, and slice of an IDR picture. */
const sliceTypes = [1, 5];

/** The published stream, without audio, from a camera in this process that notes when it writes each frame. */
export class TimedCamera implements AsyncDisposable {
  readonly #slices: readonly Buffer[];
  readonly #written: WrittenFrame[] = [];
  readonly #waiting: (() => void)[] = [];
  #camera: ScriptedCamera | undefined;

  private constructor({ frames }: VideoLoop) {
    this.#slices = frames.map(({ bytes }) => sliceOf(bytes));
  }

  static async start(): Promise<TimedCamera> {
    const loop = await loadLoop();
    const { frames, spec } = loop;
    const timed = new TimedCamera(loop);
    timed.#camera = await ScriptedCamera.start({
      ...{ container: 'asf', codec: 'h264', frames, width: spec.width, height: spec.height },
      play: (line) => timed.#play(line),
    });
    return timed;
  }

  get url(): URL {
    if (this.#camera === undefined) throw new Error('the camera has not started');
    return this.#camera.url;
  }

  /** performance.now() of the moment before the newest frame in `media` was written; undefined if it has none. */
  writtenAtMs(media: Buffer): number | undefined {
    return this.#written.findLast(({ slice }) => media.includes(slice))?.atMs;
  }

  /** Resolves half way between the next frame and the one after it. */
  betweenFrames(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#camera?.[Symbol.asyncDispose]();
  }

  async #play(line: Line): Promise<void> {
    for (let count = 0; ; count += 1) {
      await line.until(count * frameMs);
      const slice = this.#slices[count % this.#slices.length];
      if (slice === undefined) throw new Error('the loop is empty');
      this.#written.push({ slice, atMs: performance.now() });
      line.send(count * frameMs);
      if (this.#written.length > maxWrittenFrames) this.#written.shift();
      await line.until((count + 0.5) * frameMs);
      for (const resolve of this.#waiting.splice(0)) resolve();
    }
  }
}

async function loadLoop(): Promise<VideoLoop> {
  const { path } = await ffmpegOn(process.env['PATH']);
  const { width, height, fps, bitrateKbps, profile } = publishedStream;
  const look = { title: profile, hue: 215 };
  const gopFrames = fps;
  return new LoopLibrary({ ffmpegPath: path, log: silentLog }).load({
    ...{ codec: 'h264', width, height, fps, bitrateKbps, ...look },
    ...{ gopFrames, frameCount: loopFrameCount(gopFrames) },
  });
}

function sliceOf(accessUnit: Buffer): Buffer {
  const slice = splitNals(accessUnit).find(({ type }) => sliceTypes.includes(type));
  if (slice === undefined) throw new Error('a frame without a slice');
  return slice.bytes;
}
