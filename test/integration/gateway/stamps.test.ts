import { describe, expect, it } from 'vitest';
import type { StreamFault } from '../../../src/simulator/faults.ts';
import { probe, type ProbedFrame } from '../ffmpeg/run.ts';
import { followParts, mediaOf, type SeenPart } from './parts.ts';
import { startRig, type SimulatedCamera } from './rig.ts';

const camera: SimulatedCamera = { width: 320, height: 240, fps: 15, gopSeconds: 1 };

interface Struck {
  /** The era in which the fault struck: its last part can have been seen before. */
  readonly firstEra: number;
  readonly struckAtMs: number;
  /** What is new after the strike. */
  readonly parts: SeenPart[];
  readonly media: Buffer;
}

/** What a viewer gets while the fault strikes 2 s after the first look; times in ms of one clock. */
async function strike(fault: StreamFault, options: SimulatedCamera = {}): Promise<Struck> {
  await using rig = await startRig([{ ...camera, ...options }]);
  const before = await followParts(rig, 2_000);
  const struckAtMs = performance.now();
  await rig.camera.faults.switchOn(fault);
  const after = await followParts(rig, 6_500);
  const firstEra = before.at(-1)?.era ?? NaN;
  const known = new Set(before.map(({ uri }) => uri.href));
  const parts = after.filter(({ uri }) => !known.has(uri.href));
  const lastEra = parts.at(-1)?.era;
  const media = await mediaOf(parts.filter(({ era }) => era === lastEra).slice(-18));
  expect(rig.camera.journal.mostOpenStreams).toBe(1);
  return { firstEra, struckAtMs, parts, media };
}

const secondsOf = (parts: readonly SeenPart[]): number =>
  parts.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0);

/** Media time per time of arrival, over the parts of the newest era. */
function pace(parts: readonly SeenPart[]): number {
  const era = parts.filter((part) => part.era === parts.at(-1)?.era).slice(1);
  const [first, last] = [era[0], era.at(-1)];
  const arrivalSeconds = ((last?.seenAtMs ?? NaN) - (first?.seenAtMs ?? NaN)) / 1000;
  return secondsOf(era.slice(1)) / arrivalSeconds;
}

function distances(frames: readonly ProbedFrame[]): number[] {
  const times = frames
    .filter(({ media_type }) => media_type === 'video')
    .map(({ pts_time }) => Number(pts_time));
  return times.slice(1).map((time, index) => time - (times[index] ?? 0));
}

describe('a camera whose clock is wrong', () => {
  it.each([
    [{ kind: 'jumping-stamps', ms: 4_000 }, {}],
    [{ kind: 'leaping-stamps', ms: 7_200_000 }, {}],
    [{ kind: 'jumping-stamps', ms: 4_000 }, { video: 'mjpeg' }],
  ] as const)('goes on with a discontinuity within 2 s: %o %o', async (fault, options) => {
    const { firstEra, struckAtMs, parts, media } = await strike(fault, options);
    const next = parts.find(({ era }) => era > firstEra);
    expect((next?.seenAtMs ?? NaN) - struckAtMs).toBeLessThan(2_000);
    expect([firstEra, firstEra + 1]).toEqual(expect.arrayContaining(parts.map(({ era }) => era)));
    expect(pace(parts)).toBeGreaterThan(0.85);
    expect(pace(parts)).toBeLessThan(1.15);
    const { streams, frames, errors } = await probe(media, 'mov');
    expect(errors).toBe('');
    expect(streams).toMatchObject([{ codec_name: 'h264' }, ...streams.slice(1)]);
    for (const distance of distances(frames).slice(1)) expect(distance).toBeCloseTo(1 / 15, 1);
  });

  it('goes on when its stamps run over 32 bits', async () => {
    const { firstEra, parts } = await strike({ kind: 'wrapping-stamps' });
    // One jump to the end of the range, and the wrap 3 s later.
    expect(parts.at(-1)?.era).toBe(firstEra + 2);
    const gaps = parts.slice(1).map((part, at) => part.seenAtMs - (parts[at]?.seenAtMs ?? NaN));
    expect(Math.max(...gaps)).toBeLessThan(2_000);
  });

  it.each(['h264', 'mjpeg'] as const)('moves on when its stamps stand still: %s', async (video) => {
    const { firstEra, struckAtMs, parts, media } = await strike(
      { kind: 'frozen-stamps' },
      { video },
    );
    const next = parts.find(({ era }) => era > firstEra);
    expect((next?.seenAtMs ?? NaN) - struckAtMs).toBeLessThan(3_000);
    expect(pace(parts)).toBeGreaterThan(0.85);
    expect(pace(parts)).toBeLessThan(1.15);
    const { streams, frames } = await probe(media, 'mov');
    expect(streams).toMatchObject([{ codec_name: 'h264' }]);
    const mean = distances(frames).reduce((sum, distance) => sum + distance, 0) / frames.length;
    expect(mean).toBeCloseTo(1 / 15, 2);
  });

  it.each([95, 105])('is believed when it runs at %i %%', async (percent) => {
    const { firstEra, parts } = await strike({ kind: 'clock-rate', percent });
    expect(parts.at(-1)?.era).toBe(firstEra);
    expect(pace(parts)).toBeGreaterThan(percent / 100 - 0.1);
    expect(pace(parts)).toBeLessThan(percent / 100 + 0.1);
  });
});
