import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Frame } from '../../../src/media/frame.ts';
import { AudioEncoder } from '../../../src/transcode/audio-encoder.ts';
import { alawAt, alawTrack } from '../media/frames.ts';
import { bundledFfmpeg, dying, shellProgram, TestTools, untilTestEnds } from './stand-in.ts';

const binary = await bundledFfmpeg();
const frameMs = 1024 / 48;

let tools: TestTools;
let encoder: AudioEncoder;
let frames: Frame[];

beforeEach(() => {
  tools = new TestTools(binary);
  frames = [];
  encoder = new AudioEncoder({ tools, onFrame: (frame) => frames.push(frame) });
});
afterEach(() => encoder.dispose());

/** Blocks of 40 ms. */
function feed(fromMs: number, toMs: number): void {
  for (let timeMs = fromMs; timeMs < toMs; timeMs += 40) {
    encoder.feed(alawAt(timeMs));
    tools.clock.pass(40);
  }
}

const heard = (count: number): Promise<void> =>
  vi.waitFor(() => expect(frames.length).toBeGreaterThanOrEqual(count));
const timesMs = (): number[] => frames.map(({ pts }) => pts / 48);
const evenly = (beginMs: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => (beginMs * 48 + index * 1024) / 48);

describe('audio that is encoded', () => {
  it('begins with its run, in frames of 1024 samples at 48 kHz that follow each other', async () => {
    encoder.start(alawTrack);
    feed(0, 1_000);
    await heard(40);
    // What the encoder puts before the first sample has a time before the run.
    expect(timesMs()).toEqual(evenly(0, frames.length));
    expect(frames[0]).toMatchObject({ kind: 'audio', duration: 1024, isKeyframe: true });
    expect(frames.every(({ pts, dts }) => pts === dts)).toBe(true);
    expect(AudioEncoder.outputTrack(alawTrack)).toMatchObject({
      ...{ codec: 'aac', timescale: 48_000, sampleRate: 48_000, channelCount: 1 },
    });
    expect(AudioEncoder.outputTrack({ channelCount: 6 }).channelCount).toBe(2);
  });

  it('begins at the time of its first block', async () => {
    encoder.start(alawTrack);
    feed(5_000, 6_000);
    await heard(40);
    expect(timesMs()).toEqual(evenly(5_000 - frameMs, frames.length));
  });

  it('has silence where blocks are missing, and stays in step', async () => {
    encoder.start(alawTrack);
    feed(0, 1_000);
    feed(3_000, 4_000);
    await heard(3_900 / frameMs);
    expect(timesMs()).toEqual(evenly(0, frames.length));
    expect(timesMs().at(-1)).toBeLessThan(4_050);
  });

  it('is as long as what went in where blocks come a little late or early', async () => {
    encoder.start(alawTrack);
    for (let count = 0; count < 100; count += 1) {
      encoder.feed(alawAt(count * 40 + (count % 2 === 0 ? 0 : 8)));
    }
    await heard(3_900 / frameMs);
    expect(timesMs().at(-1)).toBeGreaterThan(3_850);
    expect(timesMs().at(-1)).toBeLessThan(4_050);
  });
});

describe('an encoder of audio', () => {
  it('begins anew with each run, whose times have nothing to do with those before', async () => {
    encoder.start(alawTrack);
    feed(60_000, 61_000);
    await heard(40);
    encoder.stop();
    encoder.feed(alawAt(61_000));
    frames = [];
    encoder.start(alawTrack);
    feed(0, 1_000);
    await heard(40);
    expect(timesMs()).toEqual(evenly(0, frames.length));
    expect(tools.restarts).toEqual({});
  });

  it('whose child dies goes on with the next block, at its time', async () => {
    encoder.start(alawTrack);
    feed(0, 1_000);
    await heard(40);
    tools.kill();
    await vi.waitFor(() => expect(tools.restarts).toEqual({ killed: 1 }));
    frames = [];
    feed(5_000, 6_000);
    await heard(40);
    expect(timesMs()).toEqual(evenly(5_000 - frameMs, frames.length));
  });

  it('whose child hangs gets another one', async () => {
    encoder.start(alawTrack);
    feed(0, 200);
    await heard(3);
    tools.freeze();
    feed(200, 6_000);
    expect(tools.restarts).toEqual({ hung: 1 });
  });

  it('whose child dies again and again gets another with a block a minute later', async () => {
    const mortal = new TestTools(shellProgram(dying));
    const other = untilTestEnds(new AudioEncoder({ tools: mortal, onFrame: () => undefined }));
    other.start(alawTrack);
    await vi.waitFor(() => expect(mortal.restarts).toEqual({ 'invalid-input': 6 }));
    other.feed(alawAt(0));
    expect(mortal.tally.children).toEqual([]);
    mortal.clock.pass(60_000);
    other.feed(alawAt(60_000));
    expect(mortal.tally.children).toHaveLength(1);
  });

  it('leaves no child behind, and nothing comes out of it any more', async () => {
    encoder.start(alawTrack);
    feed(0, 1_000);
    await heard(10);
    await encoder.dispose();
    const { length } = frames;
    feed(1_000, 2_000);
    expect(frames).toHaveLength(length);
    expect(tools.tally.children).toEqual([]);
  });
});
