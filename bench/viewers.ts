/** LL-HLS viewers of one 2 Mbit/s camera; the baseline is the same with a single viewer, in the same minute. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { fullPlaylist, publishedStream, startCameras } from './cameras.ts';
import { print } from './figures.ts';
import { startGateway, usageOf } from './processes.ts';
import type { ViewerReport } from './viewer-load.ts';

const counts = [1, 100, 1000, 2000] as const;
const measureMs = 6000;
const timeoutMs = 40_000;

export async function viewers(): Promise<void> {
  await using cameras = await startCameras(publishedStream);
  await using gateway = await startGateway(cameras.urls);
  const { url } = await fullPlaylist(gateway.url, 'cam0');
  let single: ViewerReport | undefined;
  for (const count of counts) {
    const before = await usageOf(gateway.pid);
    const startMs = performance.now();
    const report = await load(url, count);
    const seconds = (performance.now() - startMs) / 1000;
    const after = await usageOf(gateway.pid);
    single ??= report;
    const inTime = (100 * (report.partCount - report.lateCount)) / report.partCount;
    const busy = (100 * (after.cpuSeconds - before.cpuSeconds)) / seconds;
    print(
      `${count} LL-HLS viewer(s), ${report.partCount} parts, ${report.failedCount} failures; baseline: 1 viewer`,
      [
        { figure: 'parts inside 200 ms', value: inTime, unit: '%', baseline: 100 },
        {
          figure: 'first byte anywhere to last byte here, p50',
          value: report.p50Ms,
          unit: 'ms',
          baseline: single.p50Ms,
        },
        {
          figure: 'the same, p99',
          value: report.p99Ms,
          unit: 'ms',
          baseline: single.p99Ms,
        },
        {
          figure: 'processor of the gateway (start of load included)',
          value: busy,
          unit: '% of a core',
          baseline: undefined,
        },
      ],
    );
  }
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
