import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkConformance, type ConformanceReport } from '../conformance/conformance-checker.ts';
import { wordsOf } from '../conformance/violations.ts';
import { eventually, startRig, type Rig, type SimulatedCamera } from './gateway/rig.ts';

/** The past comes at once, so that there is a long list from the beginning. */
const camera: SimulatedCamera = {
  video: 'h264',
  audio: 'adpcm',
  fps: 10,
  width: 320,
  height: 180,
  initialBurstMs: 16_000,
};
const windowMs = 120_000;
const watchMs = 10_000;
const kinds = ['in memory', 'on disk, with a lost file'] as const;

/** Text of the media playlist. */
async function listOf(rig: Rig, id: string): Promise<{ url: URL; text: string }> {
  const index = rig.url(`/cameras/${id}/index.m3u8`);
  const lines = (await (await fetch(index)).text()).split('\n');
  const url = new URL(lines.find((line) => line.endsWith('.m3u8')) ?? '', index);
  return { url, text: await (await fetch(url)).text() };
}

const segmentCountOf = ({ text }: { text: string }): number => text.match(/#EXTINF/g)?.length ?? 0;

/** Removes the file of a segment as somebody who tidies up might, and asks for it until the playlist has a gap. */
async function lose(rig: Rig, id: string, directory: string): Promise<void> {
  const files = await eventually(
    async () => {
      const names = await readdir(directory, { recursive: true });
      return names.filter((name) => basename(name) === '3.m4s' && name.includes(id));
    },
    ({ length }) => length > 0,
  );
  await rm(join(directory, files[0] ?? ''));
  const { url } = await listOf(rig, id);
  expect((await fetch(new URL('3.m4s', url))).status).toBe(404);
  await eventually(
    () => listOf(rig, id),
    ({ text }) => text.includes('#EXT-X-GAP'),
  );
}

describe('a low-latency client finds nothing against rfc8216bis in a window of 2 min', () => {
  const stop = new AbortController();
  let directory: string;
  let rig: Rig;
  let reports: Record<(typeof kinds)[number], Promise<ConformanceReport>>;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'camgate-conformance-'));
    const onDisk = { ...camera, hls: { windowMs, directory } };
    const cameras = [{ ...camera, hls: { windowMs } }, onDisk];
    rig = await startRig(cameras, { alwaysOn: true, lingerMs: 60_000, coldStartMs: 30_000 });
    for (const id of ['cam0', 'cam1']) {
      await eventually(
        () => listOf(rig, id),
        (list) => segmentCountOf(list) > 16,
        40_000,
      );
    }
    await lose(rig, 'cam1', directory);
    const watch = (id: string): Promise<ConformanceReport> => {
      const report = checkConformance({
        url: rig.url(`/cameras/${id}/index.m3u8`),
        durationMs: watchMs,
        frameSeconds: 0.13,
        mayPause: false,
        stopAtRule: undefined,
        signal: stop.signal,
      });
      // A failure shows in the test that waits for it.
      report.catch(() => undefined);
      return report;
    };
    reports = { 'in memory': watch('cam0'), 'on disk, with a lost file': watch('cam1') };
  });

  afterAll(async () => {
    stop.abort();
    await Promise.allSettled(Object.values(reports));
    await rig[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  it.each(kinds)('%s', async (kind) => {
    const report = await reports[kind];
    expect(report.violations.map(wordsOf)).toEqual([]);
    // All of the past was loaded and judged, and deltas left most of it out.
    expect(report.segmentCount).toBeGreaterThan(16);
    expect(report.skippedCount).toBeGreaterThan(0);
    expect(report.pauseCount).toBe(0);
  });
});
