import { expect, it } from 'vitest';
import { MediaTimeline } from '../../../src/hls/media-timeline.ts';
import { beginSession, type SegmenterSession } from '../../../src/hls/segmenter-session.ts';
import type { Fragment } from '../../../src/media/types.ts';
import { frame, initWithSound, silentInit } from './window-rig.ts';

function session(init = silentInit()): SegmenterSession {
  const begun = beginSession(init, undefined);
  if (begun === undefined) throw new Error('no session');
  return begun;
}

/** A picture of 40 ms, in ticks of 1 ms, and a unit of AAC, in ticks of 1/48000 s. */
function withSound(videoMs: number, audioTicks: number): Fragment {
  const run = { trackId: 2, decodeTime: audioTicks, duration: 1024, sampleCount: 1 };
  const picture = frame(videoMs, 40, true);
  return { ...picture, runs: [...picture.runs, { ...run, isKeyframe: true }] };
}

function play(
  timeline: MediaTimeline,
  begun: SegmenterSession,
  fragments: readonly Fragment[],
): void {
  for (const fragment of fragments) {
    timeline.add(fragment);
    const run = fragment.runs.find(({ trackId }) => trackId === begun.video.id);
    if (run !== undefined) begun.clock.add(run);
  }
  timeline.close(begun);
}

it('leaves the first session its own time', () => {
  const shift = new MediaTimeline().shiftFor(session(), frame(748_000, 40, true));
  expect(shift).toBeUndefined();
});

it('makes a session begin where the one before ended, shift included', () => {
  const timeline = new MediaTimeline();
  play(timeline, { ...session(), shiftTicks: new Map([[1, 1_000]]) }, [
    frame(0, 40, true),
    frame(40, 40),
  ]);
  const shiftTicks = timeline.shiftFor(session(), frame(5_000, 40, true));
  expect(shiftTicks).toEqual(new Map([[1, 1_080 - 5_000]]));
  play(timeline, { ...session(), shiftTicks }, [frame(5_000, 40, true)]);
  expect(timeline.shiftFor(session(), frame(0, 40, true))).toEqual(new Map([[1, 1_120]]));
});

it('lets no track begin before another one has ended, and keeps them together', () => {
  const timeline = new MediaTimeline();
  // The sound lasts until 3 s, the picture until 2.04 s.
  play(timeline, session(initWithSound()), [withSound(2_000, 144_000 - 1_024)]);
  // The sound comes 500 ms before its picture.
  const shift = timeline.shiftFor(session(initWithSound()), withSound(1_000, 24_000));
  expect(shift).toEqual(
    new Map([
      [1, 2_500],
      [2, 120_000],
    ]),
  );
});

it('does not leap with sound whose stamps are broken', () => {
  const timeline = new MediaTimeline();
  play(timeline, session(initWithSound()), [withSound(2_000, 748 * 48_000)]);
  const shift = timeline.shiftFor(session(initWithSound()), withSound(60_000, 0));
  // A second behind the picture's end, and a second for the sound before the picture.
  expect(shift?.get(1)).toBe(3_040 - 59_000);
});

it('does not leap with a frame whose length ffmpeg guessed wrong', () => {
  const timeline = new MediaTimeline();
  play(timeline, session(), [frame(0, 748_000, true)]);
  expect(timeline.shiftFor(session(), frame(0, 40, true))).toEqual(new Map([[1, 40]]));
});

it('keeps the end when a session brought nothing', () => {
  const timeline = new MediaTimeline();
  play(timeline, session(), [frame(0, 40, true)]);
  timeline.close(session());
  expect(timeline.shiftFor(session(), frame(0, 40, true))).toEqual(new Map([[1, 40]]));
});
