import { describe, expect, it } from 'vitest';
import type { StreamFault } from '../../../../src/simulator/faults.ts';
import { probe, type ProbedFrame } from '../../ffmpeg/run.ts';
import { MachinePace } from '../machine-pace.ts';
import { followParts, lasts, mediaOf, secondsOf, type SeenPart } from '../parts.ts';
import { startRig, type SimulatedCamera } from '../rig.ts';

const camera: SimulatedCamera = { width: 320, height: 240, fps: 15, gopSeconds: 1 };

interface Struck {
  /** The era in which the fault struck: its last part can have been seen before. */
  readonly firstEra: number;
  /** Longest time between two new parts, in milliseconds. */
  readonly gapMs: number;
  /** Time in which this process was not run, in milliseconds. */
  readonly lostMs: number;
  /** Share of the time over which a pace is told in which this process was not run, so that pictures came in heaps. */
  readonly lostShare: number;
  /** What is new after the strike. */
  readonly parts: SeenPart[];
  readonly media: Buffer;
}

/** By then a strike shows, also that of the wrap 3 s after the jump before it. */
const strikeMs = 4_000;
/**
 * Longest time without a part, in milliseconds, besides what this process was not run: the camera sends all the time.
 */
const longestGapMs = 1_000;
/** How much media is enough to tell its pace, in seconds. */
const paceSeconds = 4.5;

/**
 * What a viewer gets when the fault strikes while the stream runs, `watchMs` long or longer; times in ms of one clock.
 */
async function strike(
  fault: StreamFault,
  watchMs: number,
  options: SimulatedCamera = {},
): Promise<Struck> {
  await using rig = await startRig([{ ...camera, ...options }], { coldStartMs: 30_000 });
  const machine = new MachinePace();
  const before = await followParts(rig, lasts(3));
  const firstEra = before.at(-1)?.era ?? NaN;
  const struckAtMs = performance.now();
  await rig.camera.faults.switchOn(fault);
  const known = new Set(before.map(({ uri }) => uri.href));
  const isNew = ({ uri }: SeenPart): boolean => !known.has(uri.href);
  const isEnough = (seen: readonly SeenPart[]): boolean => {
    const last = seen.filter((part) => isNew(part) && part.era === seen.at(-1)?.era);
    const isOver = performance.now() - struckAtMs >= watchMs;
    return isOver && secondsOf(last) >= paceSeconds + 1;
  };
  const parts = (await followParts(rig, isEnough)).filter(isNew);
  const lastEra = parts.at(-1)?.era;
  const media = await mediaOf(parts.filter(({ era }) => era === lastEra).slice(-18));
  const lostMs = machine.lostSince(struckAtMs);
  machine.stop();
  expect(rig.camera.journal.mostOpenStreams).toBe(1);
  const gaps = parts.slice(1).map((part, at) => part.seenAtMs - (parts[at]?.seenAtMs ?? NaN));
  const lostShare = lostMs / 1000 / paceSeconds;
  return { firstEra, parts, media, lostMs, lostShare, gapMs: Math.max(...gaps) };
}

/**
 * Media time per time of arrival, over the end of the newest era: at its beginning an encoder starts and then catches
 * up. Parts come late on a busy machine and never early, so that the earliest ones of the first and of the last third
 * tell.
 */
function pace(parts: readonly SeenPart[]): number {
  const from = parts.findLastIndex((_, at) => secondsOf(parts.slice(at)) >= paceSeconds);
  let mediaSeconds = 0;
  const points = parts.slice(from).map(({ durationSeconds, seenAtMs }) => {
    mediaSeconds += durationSeconds;
    return { mediaSeconds, lateSeconds: seenAtMs / 1000 - mediaSeconds };
  });
  const third = Math.floor(points.length / 3);
  const earliest = (some: typeof points) =>
    some.reduce((best, point) => (point.lateSeconds < best.lateSeconds ? point : best));
  const [first, last] = [earliest(points.slice(0, third)), earliest(points.slice(-third))];
  const passedSeconds = last.mediaSeconds - first.mediaSeconds;
  return passedSeconds / (passedSeconds + last.lateSeconds - first.lateSeconds);
}

function distances(frames: readonly ProbedFrame[]): number[] {
  const times = frames
    .filter(({ media_type }) => media_type === 'video')
    .map(({ pts_time }) => Number(pts_time));
  return times.slice(1).map((time, index) => time - (times[index] ?? 0));
}

describe.concurrent('a camera whose clock is wrong', () => {
  it.each([
    [{ kind: 'jumping-stamps', ms: 4_000 }, {}],
    [{ kind: 'leaping-stamps', ms: 7_200_000 }, {}],
    [{ kind: 'jumping-stamps', ms: 4_000 }, { video: 'mjpeg' }],
    // One jump to the end of the range of 32 bits, and the wrap 3 s later.
    [{ kind: 'wrapping-stamps' }, {}],
  ] as const)('goes on as if nothing were: %o %o', async (fault, options) => {
    const { firstEra, gapMs, lostMs, lostShare, parts, media } = await strike(
      fault,
      strikeMs,
      options,
    );
    expect(new Set(parts.map(({ era }) => era))).toEqual(new Set([firstEra]));
    expect(gapMs).toBeLessThan(longestGapMs + lostMs);
    expect(Math.abs(pace(parts) - 1)).toBeLessThan(0.15 + lostShare);
    const { streams, frames, errors } = await probe(media, 'mov');
    expect(errors).toBe('');
    expect(streams).toMatchObject([{ codec_name: 'h264' }, ...streams.slice(1)]);
    for (const distance of distances(frames).slice(1)) expect(distance).toBeCloseTo(1 / 15, 1);
  });

  it.each(['h264', 'mjpeg'] as const)('moves on when its stamps stand still: %s', async (video) => {
    const { firstEra, gapMs, lostMs, lostShare, parts, media } = await strike(
      { kind: 'frozen-stamps' },
      strikeMs,
      { video },
    );
    expect(new Set(parts.map(({ era }) => era))).toEqual(new Set([firstEra]));
    expect(gapMs).toBeLessThan(longestGapMs + lostMs);
    expect(Math.abs(pace(parts) - 1)).toBeLessThan(0.15 + lostShare);
    const { streams, frames } = await probe(media, 'mov');
    expect(streams).toMatchObject([{ codec_name: 'h264' }, { codec_name: 'aac' }]);
    const all = distances(frames);
    const mean = all.reduce((sum, distance) => sum + distance, 0) / all.length;
    expect(Math.abs(15 * mean - 1)).toBeLessThan(0.075 + lostShare);
  });

  it.each([95, 105])('goes on without a break when it runs at %i %%', async (percent) => {
    const { firstEra, gapMs, lostMs, lostShare, parts } = await strike(
      { kind: 'clock-rate', percent },
      strikeMs,
    );
    expect(parts.at(-1)?.era).toBe(firstEra);
    expect(gapMs).toBeLessThan(longestGapMs + lostMs);
    // Believed at first, then followed.
    expect(Math.abs(pace(parts) - 1)).toBeLessThan(0.09 + lostShare);
  });
});
