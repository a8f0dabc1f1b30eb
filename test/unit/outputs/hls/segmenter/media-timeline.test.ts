import { expect, it } from 'vitest';
import { MediaTimeline } from '../../../../../src/outputs/hls/segmenter/media-timeline.ts';
import {
  beginRun,
  type SegmenterRun,
} from '../../../../../src/outputs/hls/segmenter/segmenter-run.ts';
import { audioFrame, frame, runWithAudio, silentRun } from '../window-rig.ts';

function begun({ source = silentRun(), shiftSeconds = 0 } = {}): SegmenterRun {
  const run = beginRun(source, undefined);
  if (run === undefined) throw new Error('no run');
  run.isWaitingForKeyframe = false;
  run.shiftSeconds = shiftSeconds;
  return run;
}

/** Frames of 40 ms at these times. */
function play(run: SegmenterRun, ...timesMs: number[]): SegmenterRun {
  for (const timeMs of timesMs) run.clock.add(frame(timeMs, true));
  return run;
}

const ticks = 90;

it('leaves the first run its own time', () => {
  expect(new MediaTimeline().shiftFor(begun(), 748_000 * ticks)).toBe(0);
});

it('makes a run begin where the one before ended, shift included', () => {
  const timeline = new MediaTimeline();
  timeline.close(play(begun({ shiftSeconds: 1 }), 0, 40));
  const shiftSeconds = timeline.shiftFor(begun(), 5_000 * ticks);
  expect(shiftSeconds).toBeCloseTo(1.08 - 5);
  timeline.close(play(begun({ shiftSeconds }), 5_000));
  expect(timeline.shiftFor(begun(), 0)).toBeCloseTo(1.12);
});

it('lets no track begin before another one has ended', () => {
  const timeline = new MediaTimeline();
  const run = play(begun({ source: runWithAudio() }), 2_000);
  run.audio?.begin(2_000 * ticks);
  // Audio lasts until 2.5 s, video until 2.04 s.
  for (let pts = 96_000; pts < 120_000; pts += 1024) run.audio?.take(audioFrame(pts));
  timeline.close(run);
  expect(timeline.shiftFor(begun(), 1_000 * ticks)).toBeCloseTo(1.5, 1);
  expect(timeline.shiftFor(begun(), 1_000 * ticks)).toBeGreaterThanOrEqual(1.5);
});

it('does not leap with audio whose times are broken', () => {
  const timeline = new MediaTimeline();
  const run = play(begun({ source: runWithAudio() }), 2_000);
  run.audio?.begin(2_000 * ticks);
  run.audio?.take(audioFrame(748 * 48_000));
  timeline.close(run);
  // A second behind the end of the video.
  expect(timeline.shiftFor(begun(), 0)).toBeCloseTo(3.04);
});

it('keeps the end when a run brought nothing', () => {
  const timeline = new MediaTimeline();
  timeline.close(play(begun(), 0));
  const empty = begun();
  empty.isWaitingForKeyframe = true;
  timeline.close(empty);
  expect(timeline.shiftFor(begun(), 0)).toBeCloseTo(0.04);
});
