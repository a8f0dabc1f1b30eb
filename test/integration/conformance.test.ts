import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkConformance, type ConformanceReport } from '../conformance/conformance-checker.ts';
import { wordsOf } from '../conformance/violations.ts';
import type { Faults } from '../../src/simulator/camera-simulator.ts';
import { eventually, startRig, type Rig, type SimulatedCamera } from './gateway/rig.ts';

/** Small pictures, so that many cameras run at once; enough places for the one session and its successor. */
const small: SimulatedCamera = { width: 320, height: 180, viewerLimit: 4 };

interface Case {
  readonly name: string;
  readonly camera: SimulatedCamera;
  /** Breaks the camera while it is watched. */
  readonly outage?: (faults: Faults) => Promise<void>;
}

const resized = { width: 480, height: 270 } as const;

const h264 = { video: 'h264', audio: 'adpcm' } as const;
const silent = { video: 'h264', audio: 'none' } as const;
const mjpegInAsf = { video: 'mjpeg', audio: 'adpcm', profile: 'soso' } as const;
const mjpegPushed = { video: 'mjpeg', audio: 'none', profile: 'foscam' } as const;

/** A long list has something to skip; of a short one segments leave soon, which starts their promise. */
const longList = { hls: { segmentCount: 16 } };
const shortList = { hls: { segmentCount: 3 } };

/** Each group is one gateway with its cameras at once; two groups are as much as a busy machine carries in time. */
const groups: readonly { name: string; cases: readonly Case[] }[] = [
  {
    name: 'H.264',
    cases: [
      { name: 'with sound, 15 fps', camera: { ...h264, fps: 15, ...longList } },
      { name: 'silent, 24 fps, GOP 2 s', camera: { ...silent, fps: 24, gopSeconds: 2 } },
      { name: 'with sound, 10 fps, GOP 0.5 s', camera: { ...h264, fps: 10, gopSeconds: 0.5 } },
      { name: 'with sound, 5 fps, GOP 4 s', camera: { ...h264, fps: 5, ...longGop(4) } },
      { name: 'silent, 15 fps, GOP 10 s', camera: { ...silent, fps: 15, ...longGop(10) } },
      { name: 'silent, 1 fps', camera: { ...silent, fps: 1 } },
    ],
  },
  {
    name: 'MJPEG, irregular frames and outages',
    cases: [
      { name: 'MJPEG in ASF with sound', camera: { ...mjpegInAsf, fps: 10, ...shortList } },
      { name: 'shaking H.264 with sound', camera: { ...h264, fps: 15, jitterMs: 30 } },
      { name: 'shaking videostream.cgi', camera: { ...mjpegPushed, fps: 5, jitterMs: 90 } },
      // Its session ends after 3 s, which completes what was begun: what is asked then waits for 6 s in vain.
      { name: 'H.264 that stalls', camera: { ...h264, fps: 10 }, outage: stall(12_000) },
      { name: 'MJPEG in ASF that resets', camera: { ...mjpegInAsf, fps: 10 }, outage: reset },
      { name: 'videostream.cgi in another size', camera: mjpegPushed, outage: resize },
    ],
  },
  {
    name: 'slow and fast cameras from their first frame on',
    cases: [
      { name: 'videostream.cgi, 1 fps', camera: { ...mjpegPushed, fps: 1 } },
      { name: 'videostream.cgi, 4 fps', camera: { ...mjpegPushed, fps: 4 } },
      { name: 'videostream.cgi, 30 fps', camera: { ...mjpegPushed, fps: 30 } },
      { name: 'H.264 with sound, 1 fps', camera: { ...h264, fps: 1, ...longGop(2) } },
    ],
  },
];

/** A quiet stream is watched until a long list has something to skip, a broken one until it plays again. */
const watchMs = 20_000;
/** The dial after a stall may have to wait for its turn. */
const watchBrokenMs = 29_000;
describe.each(groups)('a low-latency client finds nothing against rfc8216bis: $name', (group) => {
  const { cases } = group;
  const stop = new AbortController();
  let rig: Rig;
  let reports: readonly Promise<ConformanceReport>[] = [];

  beforeAll(async () => {
    await encodeOnce(cases.filter(({ outage }) => outage === resize));
    const cameras = cases.map(({ camera }) => ({ ...small, ...camera }));
    // On a busy machine a request may come later than viewers' demand lasts in other tests.
    rig = await startRig(cameras, { alwaysOn: true, lingerMs: 60_000 });
    reports = cases.map((one, index) => watch(one, { rig, index, signal: stop.signal }));
    // A failure shows in the test that waits for it.
    for (const report of reports) report.catch(() => undefined);
  });

  afterAll(async () => {
    stop.abort();
    await Promise.allSettled(reports);
    await rig[Symbol.asyncDispose]();
  });

  it.each(cases.map((one, index) => ({ ...one, index })))('$name', async (one) => {
    const report = await reports[one.index];
    expect(report?.violations.map(wordsOf)).toEqual([]);
    expect(report?.segmentCount).toBeGreaterThan(4);
    if (one.outage === undefined) {
      const partsPerSecond = Math.min(5, one.camera.fps ?? 15);
      expect(report?.partCount).toBeGreaterThan((watchMs / 1000) * partsPerSecond * 0.7);
      expect(report?.pauseCount).toBe(0);
      expect(report?.discontinuityCount).toBe(0);
      if (one.camera.hls === shortList.hls) expect(report?.keptPromiseCount).toBeGreaterThan(5);
      if (one.camera.hls === longList.hls) expect(report?.skippedCount).toBeGreaterThan(0);
    } else {
      expect(report?.discontinuityCount).toBeGreaterThan(0);
      // Away for longer than three target durations, or only for a moment.
      const isLong = one.outage !== reset && one.outage !== resize;
      if (isLong) expect(report?.pauseCount).toBeGreaterThan(0);
    }
  });
});

/** The picture is drawn in this process: while cameras run, that would hold up everything. */
async function encodeOnce(cases: readonly Case[]): Promise<void> {
  if (cases.length === 0) return;
  await using rig = await startRig(cases.map(({ camera }) => ({ ...camera, ...resized })));
  expect(rig.simulators).toHaveLength(cases.length);
}

async function watch(
  { camera, outage }: Case,
  at: { rig: Rig; index: number; signal: AbortSignal },
): Promise<ConformanceReport> {
  const { fps = 15, jitterMs = 0 } = camera;
  const url = at.rig.url(`/cameras/cam${at.index}/index.m3u8`);
  const report = checkConformance({
    url,
    durationMs: outage === undefined ? watchMs : watchBrokenMs,
    // The first frame beside sound is stretched by the AAC encoder's delay.
    frameSeconds: 1 / fps + 0.03 + (2 * jitterMs) / 1000,
    mayPause: outage !== undefined,
    stopAtRule: undefined,
    signal: at.signal,
  });
  const simulator = at.rig.simulators[at.index];
  if (outage && simulator) {
    await segmentsOf(url, 4);
    await outage(simulator.faults);
  }
  return report;
}

/** The camera sends its newest GOP at once, so that nobody waits for the next keyframe. */
function longGop(gopSeconds: number): SimulatedCamera {
  return { gopSeconds, initialBurstMs: 1 };
}

/** Resolves when that many segments are whole: the stream runs. */
async function segmentsOf(url: URL, count: number): Promise<void> {
  const master = await (await fetch(url)).text();
  const playlist = new URL(master.split('\n').find((line) => line.endsWith('.m3u8')) ?? '', url);
  const ask = async (): Promise<string> => (await fetch(playlist)).text();
  const isEnough = (text: string): boolean => (text.match(/#EXTINF/g)?.length ?? 0) >= count;
  await eventually(ask, isEnough, 20_000);
}

function stall(forMs: number): NonNullable<Case['outage']> {
  return async (faults) => {
    await faults.switchOn({ kind: 'stall' });
    await new Promise((resolve) => setTimeout(resolve, forMs));
    await faults.clear();
  };
}

function reset(faults: Faults): Promise<void> {
  return faults.switchOn({ kind: 'reset' });
}

function resize(faults: Faults): Promise<void> {
  return faults.switchOn({ kind: 'resolution', ...resized });
}
