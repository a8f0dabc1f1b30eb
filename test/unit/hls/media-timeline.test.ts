import { expect, it } from 'vitest';
import { MediaTimeline } from '../../../src/hls/media-timeline.ts';
import { beginSession, type SegmenterSession } from '../../../src/hls/segmenter-session.ts';
import type { Fragment } from '../../../src/media/types.ts';
import { frame, initWithSound, silentInit } from './window-rig.ts';

function session(init = silentInit()): SegmenterSession {
  const begun = beginSession(init, { knownFrameMs: undefined, isDiscontinuity: false });
  if (begun === undefined) throw new Error('no session');
  return begun;
}

/** A picture of 40 ms, in ticks of 1 ms, and a unit of AAC, in ticks of 1/48000 s. */
function withSound(videoMs: number, audioTicks: number): Fragment {
  const run = { trackId: 2, decodeTime: audioTicks, duration: 1024, sampleCount: 1 };
  const picture = frame(videoMs, 40, true);
  return { ...picture, runs: [...picture.runs, { ...run, isKeyframe: true }] };
}

it('makes a session begin where the one before ended, shift included', () => {
  const timeline = new MediaTimeline();
  timeline.add(frame(0, 40, true));
  timeline.add(frame(40, 40));
  timeline.close({ ...session(), shiftTicks: new Map([[1, 1_000]]) });
  const shiftTicks = timeline.shiftFor(silentInit(), frame(5_000, 40, true));
  expect(shiftTicks).toEqual(new Map([[1, 1_080 - 5_000]]));
  timeline.add(frame(5_000, 40, true));
  timeline.close({ ...session(), shiftTicks });
  expect(timeline.shiftFor(silentInit(), frame(0, 40, true))).toEqual(new Map([[1, 1_120]]));
});

it('lets no track begin before another one has ended, and keeps them together', () => {
  const timeline = new MediaTimeline();
  // The sound lasts until 3 s, the picture until 2.04 s.
  timeline.add(withSound(2_000, 144_000 - 1_024));
  timeline.close(session(initWithSound()));
  // The sound comes 500 ms before its picture.
  const shift = timeline.shiftFor(initWithSound(), withSound(1_000, 24_000));
  expect(shift).toEqual(
    new Map([
      [1, 2_500],
      [2, 120_000],
    ]),
  );
});

it('keeps the end when a session brought nothing', () => {
  const timeline = new MediaTimeline();
  timeline.add(frame(0, 40, true));
  timeline.close(session());
  timeline.close(session());
  expect(timeline.shiftFor(silentInit(), frame(0, 40, true))).toEqual(new Map([[1, 40]]));
});
