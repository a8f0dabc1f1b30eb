import type { CameraConfig } from '../../../src/config/config.ts';
import { silentLog } from '../../../src/lib/log.ts';
import type { VideoTrack } from '../../../src/media/frame.ts';
import { ServedCamera } from '../../../src/outputs/served-camera.ts';
import { cameraConfig } from '../../integration/gateway/rig.ts';
import { PushedSource, tracksEvent, videoEvent } from '../camera/fake-source.ts';
import { fakeJpeg } from '../media/support.ts';
import { SteppedClock } from '../stepped-clock.ts';
import { shellProgram } from '../transcode/stand-in.ts';

/** A camera with its outputs, a fake device, and a little program in place of ffmpeg. */
export class OutputRig implements AsyncDisposable {
  readonly clock = new SteppedClock();
  readonly source = new PushedSource();
  readonly served: ServedCamera;
  #track: VideoTrack | undefined;
  #frameCount = 0;

  constructor(program: string, overrides: Partial<CameraConfig> = {}) {
    const url = new URL('http://127.0.0.1:9/');
    this.served = new ServedCamera({
      config: cameraConfig('front', url, { lingerMs: 50, ...overrides }),
      ...{ source: this.source, binary: shellProgram(program), clock: this.clock },
      ...{ bootId: 'boot', disk: undefined, log: silentLog },
    });
  }

  get children(): readonly string[] {
    return this.served.camera.tally.children.map(({ purpose }) => purpose);
  }

  /** A keyframe of `track` now, whose bytes are a JPEG of its own whatever the track is; returns them. */
  push(track: VideoTrack): Buffer {
    this.#frameCount += 1;
    const jpeg = fakeJpeg({ dataBytes: 300 + this.#frameCount });
    const frame = videoEvent(Math.round(this.clock.monotonicMs()), true, jpeg);
    this.source.push(...(track === this.#track ? [] : [tracksEvent(track)]), frame);
    this.#track = track;
    return jpeg;
  }

  /** A frame that is no keyframe, now. */
  pushOther(): void {
    this.source.push(videoEvent(Math.round(this.clock.monotonicMs()), false));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.served.dispose();
  }
}
