import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { silentLog } from '../../../src/lib/log.ts';
import { AsfPacketWriter, renderAsfHeader } from '../../../src/media/asf/asf-writer.ts';
import type { VideoCodec } from '../../../src/simulator/streams/loop-encoder.ts';
import type { EncodedFrame } from '../../../src/simulator/streams/frame-splitter.ts';
import { LoopLibrary } from '../../../src/simulator/streams/loop-library.ts';

/** What a connection does. */
export type Play = (line: Line) => Promise<void>;

/** What one connection of a scripted camera may do. Everything rejects when the connection is gone. */
export interface Line {
  /** Of this connection, from 0. */
  readonly index: number;
  /** Sends the next frame of the loop; `stampMs` is what the container says of its time, where it says any. */
  send(stampMs: number): void;
  /** Until so long after the connection began, in milliseconds. */
  until(ms: number): Promise<void>;
}

export interface ScriptedCameraOptions {
  /** `stills`: one JPEG for each request, whatever `play` says. */
  readonly container: 'asf' | 'multipart' | 'stills';
  readonly codec: VideoCodec;
  readonly gopFrames?: number;
  /** The loop, where it is not a test picture in GOPs. */
  readonly frames?: readonly EncodedFrame[];
  /** Frame of the loop that each connection begins with; 0 is a keyframe. */
  readonly firstFrame?: number;
  readonly width?: number;
  readonly height?: number;
  /** Size that the ASF header states, where it is another. */
  readonly declared?: { readonly width: number; readonly height: number };
  /** Colour of the picture, in degrees, for each connection in turn; 200 where there are none left. */
  readonly hues?: readonly number[];
  /** What a connection does; the camera closes it at the end. */
  readonly play?: Play;
  /** `stills`: what the request of this number, from 0, is answered with instead of a still. */
  readonly refuse?: (index: number) => { status: number; retryAfter: string } | undefined;
}

interface Connection {
  readonly openedAtMs: number;
  /** The bytes of each frame that was sent, in order. */
  readonly sent: Buffer[];
}

const library = new LoopLibrary({ ffmpegPath: 'ffmpeg', log: silentLog });
const boundary = 'next';
const contentTypes = {
  asf: 'video/x-ms-asf',
  multipart: `multipart/x-mixed-replace; boundary=${boundary}`,
  stills: 'image/jpeg',
};

/** Sends frames at `fps`, steady stamps included, until the viewer goes. */
export const steady =
  (fps: number): Play =>
  async (line) => {
    for (let count = 0; ; count += 1) {
      await line.until((count * 1000) / fps);
      line.send((count * 1000) / fps);
    }
  };

/** An HTTP camera that sends real frames as a script says, in time of its own making. */
export class ScriptedCamera implements AsyncDisposable {
  static async start(options: ScriptedCameraOptions): Promise<ScriptedCamera> {
    const { codec, gopFrames = 15, width = 320, height = 240, hues = [200] } = options;
    const frameCount = Math.ceil(120 / gopFrames) * gopFrames;
    const spec = { codec, width, height, fps: 15, gopFrames, frameCount, title: 'scripted' };
    const loops =
      options.frames === undefined
        ? await Promise.all(
            hues.map(async (hue) => {
              const loop = await library.load({ ...spec, hue, bitrateKbps: undefined });
              return loop.frames;
            }),
          )
        : [options.frames];
    const camera = new ScriptedCamera({ width, height, ...options }, loops);
    camera.#server.listen(0, '127.0.0.1');
    await once(camera.#server, 'listening');
    return camera;
  }

  readonly connections: Connection[] = [];
  readonly #options: ScriptedCameraOptions & { width: number; height: number };
  readonly #loops: readonly (readonly EncodedFrame[])[];
  readonly #server: Server;

  private constructor(
    options: ScriptedCameraOptions & { width: number; height: number },
    loops: readonly (readonly EncodedFrame[])[],
  ) {
    this.#options = options;
    this.#loops = loops;
    this.#server = createServer((_, response) => {
      if (options.container === 'stills') this.#answerStill(response);
      else void this.#stream(response).catch(() => response.destroy());
    });
  }

  get url(): URL {
    return new URL(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/live`);
  }

  /** The frames that the first connection sends, again and again. */
  get loop(): readonly Buffer[] {
    return (this.#loops[0] ?? []).map(({ bytes }) => bytes);
  }

  /** Connections that are open now. */
  get openCount(): number {
    return this.#openCount;
  }

  #openCount = 0;

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  #begin(): Connection & { readonly index: number; readonly frames: readonly EncodedFrame[] } {
    const index = this.connections.length;
    const connection = { openedAtMs: performance.now(), sent: [] };
    this.connections.push(connection);
    const frames = this.#loops[Math.min(index, this.#loops.length - 1)] ?? [];
    return { ...connection, index, frames };
  }

  #answerStill(response: ServerResponse): void {
    const { index, frames, sent } = this.#begin();
    const refusal = this.#options.refuse?.(index);
    if (refusal !== undefined) {
      response.writeHead(refusal.status, { 'retry-after': refusal.retryAfter }).end();
      return;
    }
    const { bytes } = frames[index % frames.length] ?? { bytes: Buffer.alloc(0) };
    sent.push(bytes);
    response.writeHead(200, { 'content-type': 'image/jpeg', 'content-length': bytes.length });
    response.end(bytes);
  }

  async #stream(response: ServerResponse): Promise<void> {
    const { openedAtMs, sent, index, frames } = this.#begin();
    const { container, codec, width, height, declared, firstFrame = 0, play } = this.#options;
    const gone = new AbortController();
    this.#openCount += 1;
    response.once('close', () => {
      this.#openCount -= 1;
      gone.abort();
    });
    response.writeHead(200, { 'content-type': contentTypes[container] });
    const writer = new AsfPacketWriter();
    if (container === 'asf') {
      const fourcc = codec === 'h264' ? ('H264' as const) : ('MJPG' as const);
      const format = { fourcc, extradata: Buffer.alloc(0), ...(declared ?? { width, height }) };
      response.write(renderAsfHeader([{ kind: 'video', format }]));
    }
    await play?.({
      index,
      send: (timeMs) => {
        gone.signal.throwIfAborted();
        const frame = frames[(firstFrame + sent.length) % frames.length];
        if (frame === undefined) throw new Error('the loop is empty');
        sent.push(frame.bytes);
        if (container === 'asf') {
          response.write(writer.packets([{ streamNumber: 1, timeMs, ...frame }]));
        } else {
          const { length } = frame.bytes;
          response.write(
            `--${boundary}\r\nContent-Type: image/jpeg\r\nContent-Length: ${length}\r\n\r\n`,
          );
          response.write(frame.bytes);
          response.write('\r\n');
        }
      },
      until: async (ms) => {
        await wait(Math.max(0, openedAtMs + ms - performance.now()), undefined, {
          signal: gone.signal,
        });
      },
    });
    response.end();
  }
}
