import { describe, expect, it, vi } from 'vitest';
import type { Frame } from '../../../src/media/frame.ts';
import type { FfmpegBinary } from '../../../src/transcode/ffmpeg/binary.ts';
import { StillDecoder } from '../../../src/transcode/still-decoder.ts';
import { jpegAt, jpegTrack } from '../media/frames.ts';
import { fakeJpeg } from '../media/support.ts';
import { echo, mute, shellProgram, TestTools, untilTestEnds } from './stand-in.ts';

const stillAt = (timeMs: number): Frame => jpegAt(timeMs, fakeJpeg({ dataBytes: 300 + timeMs }));

class Rig {
  readonly tools: TestTools;
  readonly decoder: StillDecoder;
  /** Times of the frames that came out, in milliseconds. */
  readonly times: number[] = [];

  constructor(binary: FfmpegBinary) {
    this.tools = new TestTools(binary);
    const onStill = (jpeg: Buffer, frame: Frame): void => {
      expect(jpeg).toEqual(frame.data[0]);
      this.times.push(frame.pts / 90);
    };
    this.decoder = untilTestEnds(
      new StillDecoder({ tools: this.tools, width: undefined, onStill }),
    );
  }

  feed(timeMs: number): void {
    this.decoder.feed(jpegTrack, [stillAt(timeMs)]);
    this.tools.clock.pass(1_000);
  }

  shown(...times: readonly number[]): Promise<void> {
    return vi.waitFor(() => expect(this.times).toEqual(times));
  }
}

describe('a decoder of stills', () => {
  it('gives a JPEG for each keyframe, with the frame it was made of', async () => {
    const rig = new Rig(shellProgram(echo));
    for (const timeMs of [0, 1, 2]) {
      rig.feed(timeMs);
      await vi.waitFor(() => expect(rig.times).toHaveLength(timeMs + 1));
    }
    expect(rig.times).toEqual([0, 1, 2]);
    expect(rig.tools.tally.children).toMatchObject([{ purpose: 'still' }]);
  });

  it('takes one at a time, and of those that come meanwhile the newest alone', async () => {
    const rig = new Rig(shellProgram(echo));
    for (const timeMs of [0, 1, 2, 3]) rig.feed(timeMs);
    await rig.shown(0, 3);
  });

  it('begins anew with another track', async () => {
    const rig = new Rig(shellProgram(echo));
    rig.feed(0);
    await rig.shown(0);
    const { pid } = rig.tools;
    rig.decoder.feed({ ...jpegTrack, width: 128 }, [stillAt(1)]);
    await rig.shown(0, 1);
    await vi.waitFor(() => expect(rig.tools.pid).not.toBe(pid));
    expect(rig.tools.restarts).toEqual({});
  });

  it('whose child dies decodes the newest again', async () => {
    const rig = new Rig(shellProgram(echo));
    rig.feed(0);
    await rig.shown(0);
    rig.tools.freeze();
    rig.feed(1);
    rig.feed(2);
    rig.tools.kill();
    await rig.shown(0, 2);
    expect(rig.tools.restarts).toEqual({ killed: 1 });
  });

  it('whose child hangs is noticed by the keyframes that come, however rare they are', () => {
    const rig = new Rig(shellProgram(mute));
    for (let count = 0; count < 24; count += 1) {
      rig.feed(count);
      rig.tools.clock.pass(10_000);
    }
    expect(rig.tools.restarts).toEqual({ hung: 1 });
  });

  it('that is stopped leaves no child behind', async () => {
    const rig = new Rig(shellProgram(echo));
    rig.feed(0);
    await rig.shown(0);
    await rig.decoder.dispose();
    expect(rig.tools.tally.children).toEqual([]);
    rig.feed(1);
    await rig.shown(0, 1);
  });
});
