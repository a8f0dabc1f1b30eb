import { afterEach, describe, expect, it } from 'vitest';
import { Derivation } from '../../../src/camera/derivation.ts';
import { FfmpegTally } from '../../../src/camera/ffmpeg-tally.ts';
import { NativeFeed } from '../../../src/camera/native-feed.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { HttpHeaders } from '../../../src/upstream/http-head.ts';
import { unitReader } from '../../../src/upstream/media-units.ts';
import {
  asfHeader,
  asfPackets,
  audioStream,
  videoStream,
} from '../../integration/ffmpeg/asf-writer.ts';
import { node } from '../ffmpeg/stand-in.ts';

/** A camera of H.264 that declares sound, on a clock that the test moves. */
class Camera {
  nowMs = 1_000_000;
  readonly #native = new NativeFeed();
  readonly #units = unitReader({ format: 'asf', headers: new HttpHeaders([]) });
  readonly #derivation: Derivation;
  #isSoundWanted = false;

  constructor() {
    this.#derivation = new Derivation({
      ...{ purpose: 'test', binary: node, native: this.#native, tally: new FfmpegTally() },
      ...{ wantsAudio: true, log: silentLog, now: () => this.nowMs },
      argsFor: (_, hasAudio) => {
        this.#isSoundWanted = hasAudio;
        return ['-e', 'process.stdin.resume()', hasAudio ? 'loud' : 'silent'];
      },
      onStart: () => () => undefined,
      onStop: () => undefined,
      onFailure: ({ message }) => expect.fail(message),
    });
    this.#native.begin({ media: 'asf' }, this.nowMs);
    this.#derivation.setWanted(true);
    const video = { fourcc: 'H264', width: 640, height: 360 } as const;
    this.#send(asfHeader({ video, audio: { sampleRate: 8000, blockBytes: 256 } }));
  }

  /** What the child in use was told of; undefined while there is none. */
  get hasSound(): boolean | undefined {
    return this.#derivation.isRunning ? this.#isSoundWanted : undefined;
  }

  /** The first is a keyframe. */
  picture(timeMs: number): void {
    const frame = { number: timeMs / 100, timeMs, isKey: timeMs === 0, bytes: Buffer.from('x') };
    this.#send(asfPackets({ stream: videoStream, ...frame }));
  }

  sound(timeMs: number): void {
    const block = { number: 0, timeMs, isKey: true, bytes: Buffer.alloc(256) };
    this.#send(asfPackets({ stream: audioStream, ...block }));
  }

  dispose(): Promise<void> {
    return this.#derivation.dispose();
  }

  #send(bytes: Buffer): void {
    this.#native.take({ byteCount: bytes.length, units: this.#units.push(bytes) }, this.nowMs);
  }
}

describe('sound that is declared', () => {
  let camera: Camera;
  afterEach(() => camera.dispose());

  it('is waited for until pictures of that time have come without it', () => {
    camera = new Camera();
    for (const timeMs of [0, 100, 200]) {
      camera.picture(timeMs);
      expect(camera.hasSound).toBeUndefined();
      camera.nowMs += 100;
    }
    camera.picture(300);
    expect(camera.hasSound).toBe(false);
  });

  it('is not given up because this process is late', () => {
    camera = new Camera();
    camera.picture(0);
    camera.nowMs += 5_000;
    camera.picture(100);
    camera.sound(0);
    camera.picture(200);
    expect(camera.hasSound).toBe(true);
  });

  it('is waited for no longer than a slow camera takes for two pictures', () => {
    camera = new Camera();
    for (const timeMs of [0, 1000, 2000]) {
      camera.picture(timeMs);
      camera.nowMs += 1000;
    }
    expect(camera.hasSound).toBe(false);
  });
});
