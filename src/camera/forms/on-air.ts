import { FrameHub } from '../../media/frame-hub.ts';
import type { AudioTrack, Frame, FrameStream, Run } from '../../media/frame.ts';
import { aacTrack } from '../../media/aac/aac-track.ts';
import { SilentAudio } from './silent-audio.ts';

export interface OnAirOptions {
  /** The camera in the form that is shown. */
  readonly camera: FrameStream;
  /** Channels of the silence beside the slate; 0 makes video alone. */
  readonly slateChannels: () => 0 | 1 | 2;
  /** A frame of the camera goes out; `isFirst` after an interruption. */
  readonly onCameraFrame: (frame: Frame, isFirst: boolean) => void;
}

/**
 * Whose frames viewers see: the camera's, or the slate's while it does not deliver. Each takes over with a keyframe, as
 * a run of its own.
 */
export class OnAir {
  readonly output = new FrameHub();
  readonly #options: OnAirOptions;
  #shown: 'nobody' | 'camera' | 'slate' = 'nobody';
  #cameraRun: Run | undefined;
  #silence: SilentAudio | undefined;

  constructor(options: OnAirOptions) {
    this.#options = options;
    options.camera.subscribe({
      runBegan: (run) => {
        this.#leave('camera');
        this.#cameraRun = run;
      },
      frame: (frame) => this.#takeCamera(frame),
      runEnded: () => {
        this.#cameraRun = undefined;
        this.#leave('camera');
      },
    });
  }

  get shown(): 'nobody' | 'camera' | 'slate' {
    return this.#shown;
  }

  /** Returns the function that takes the slate away. */
  showSlate(slate: FrameStream): () => void {
    const unsubscribe = slate.subscribe({
      runBegan: (run) => this.#beginSlate(run),
      frame: (frame) => {
        if (this.#shown !== 'slate') return;
        for (const silent of this.#silence?.until(frame) ?? []) this.output.push(silent);
        this.output.push(frame);
      },
      runEnded: () => this.#leave('slate'),
    });
    return () => {
      unsubscribe();
      this.#leave('slate');
    };
  }

  #takeCamera(frame: Frame): void {
    const run = this.#cameraRun;
    if (run === undefined) return;
    const isFirst = this.#shown !== 'camera';
    if (isFirst) {
      if (frame.kind !== 'video' || !frame.isKeyframe) return;
      this.#shown = 'camera';
      this.#options.onCameraFrame(frame, true);
      this.output.begin(run);
    } else if (frame.kind === 'video') this.#options.onCameraFrame(frame, false);
    this.output.push(frame);
  }

  #beginSlate(run: Run): void {
    const audio = silentTrack(this.#options.slateChannels());
    this.#silence = audio && new SilentAudio(audio);
    this.#shown = 'slate';
    this.output.begin({ ...run, audio });
  }

  #leave(shown: 'camera' | 'slate'): void {
    if (this.#shown !== shown) return;
    this.#shown = 'nobody';
    this.output.end();
  }
}

function silentTrack(channelCount: 0 | 1 | 2): AudioTrack | undefined {
  return channelCount === 0 ? undefined : aacTrack({ sampleRate: 48_000, channelCount });
}
