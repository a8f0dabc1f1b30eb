/** LL-HLS viewers of one 2 Mbit/s camera; the baseline is the same load on a bare node:http server, in the same minute. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { fullPlaylist, publishedStream, readPlaylist, startCameras } from './cameras.ts';
import { print, type Row } from './figures.ts';
import { startGateway, startScript, usageOf, type MeasuredProcess } from './processes.ts';
import type { ViewerReport } from './viewer-load.ts';

const counts = [1, 100, 1000, 2000] as const;
const measureMs = 6000;
const timeoutMs = 40_000;

interface Figures extends ViewerReport {
  readonly inTimePercent: number;
  /** Of a core, of the server, the start of the load included. */
  readonly busyPercent: number;
}

export async function viewers(): Promise<void> {
  await using cameras = await startCameras(publishedStream);
  await using gateway = await startGateway(cameras.urls);
  const { url } = await fullPlaylist(gateway.url, 'cam0');
  await using bare = await startScript('bare-live-server.ts', await bodySizes(url));
  for (const count of counts) {
    const ours = await measure(gateway, url, count);
    const theirs = await measure(bare, new URL('live.m3u8', bare.url), count);
    const row = (figure: string, unit: string, pick: (figures: Figures) => number): Row => {
      return { figure, unit, value: pick(ours), baseline: pick(theirs) };
    };
    print(
      `${count} LL-HLS viewer(s), ${ours.partCount} parts, ${ours.failedCount} failures; baseline: bare node:http`,
      [
        row('parts inside 200 ms', '%', ({ inTimePercent }) => inTimePercent),
        row('first byte anywhere to last byte here, p50', 'ms', ({ p50Ms }) => p50Ms),
        row('the same, p99', 'ms', ({ p99Ms }) => p99Ms),
        row('processor of the server (start included)', '% of a core', (f) => f.busyPercent),
      ],
    );
  }
}

/** Usual sizes of a part and of its playlist, in bytes: the bare server gets the same. */
async function bodySizes(url: URL): Promise<string[]> {
  const { segment, text } = await readPlaylist(url);
  const partCount = 5;
  const bytes = segment === undefined ? 0 : (await (await fetch(segment)).arrayBuffer()).byteLength;
  return [String(Math.round(bytes / partCount)), String(text.length)];
}

async function measure(server: MeasuredProcess, url: URL, count: number): Promise<Figures> {
  const before = await usageOf(server.pid);
  const startMs = performance.now();
  const report = await load(url, count);
  const seconds = (performance.now() - startMs) / 1000;
  const after = await usageOf(server.pid);
  return {
    ...report,
    inTimePercent: (100 * (report.partCount - report.lateCount)) / report.partCount,
    busyPercent: (100 * (after.cpuSeconds - before.cpuSeconds)) / seconds,
  };
}

async function load(url: URL, count: number): Promise<ViewerReport> {
  const script = fileURLToPath(new URL('viewer-load.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', script, url.href, String(count), String(measureMs)],
    { timeout: timeoutMs },
  );
  return JSON.parse(stdout) as ViewerReport;
}
