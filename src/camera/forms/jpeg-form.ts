import { FrameHub, FrameInput } from '../../media/frame-hub.ts';
import type { Frame, FrameSink, FrameStream, Run } from '../../media/frame.ts';
import { JpegDecoder } from '../../transcode/jpeg-decoder.ts';
import type { TranscodeTools } from '../../transcode/child-keeper.ts';

export interface JpegFormOptions {
  readonly native: FrameStream;
  readonly tools: TranscodeTools;
}

/** JPEG frames: the camera's own bytes where it sends JPEG, else decoded from its video while somebody wants them. */
export class JpegForm implements FrameSink {
  readonly output = new FrameHub();
  readonly #input: FrameInput;
  readonly #decoder: JpegDecoder;
  #isNative = false;

  constructor({ native, tools }: JpegFormOptions) {
    this.#input = new FrameInput(native, this);
    this.#decoder = new JpegDecoder({ source: native, tools });
    this.#decoder.output.subscribe({
      runBegan: (run) => this.output.begin(run),
      frame: (frame) => this.output.push(frame),
      runEnded: () => this.output.end(),
    });
  }

  setWanted(isWanted: boolean): void {
    if (isWanted) this.#input.open();
    else {
      this.#input.close();
      this.runEnded();
    }
  }

  runBegan(run: Run): void {
    this.#isNative = run.video.codec === 'mjpeg';
    if (this.#isNative) this.output.begin({ ...run, audio: undefined });
    else this.#decoder.start();
  }

  frame(frame: Frame): void {
    if (this.#isNative && frame.kind === 'video') this.output.push(frame);
  }

  runEnded(): void {
    this.#isNative = false;
    this.#decoder.stop();
    this.output.end();
  }

  async dispose(): Promise<void> {
    this.setWanted(false);
    await this.#decoder.dispose();
  }
}
