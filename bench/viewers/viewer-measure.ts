import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { usageOf } from '../rig/processes.ts';
import type { ViewerReport } from './viewer-load.ts';

/** What `viewer-load.ts` does, for how many viewers and how long. */
export interface ViewerLoad {
  readonly url: URL;
  readonly count: number;
  readonly measureMs: number;
  /** Ask for compressed playlists, as browsers do. */
  readonly acceptsGzip: boolean;
}

export interface ViewerFigures extends ViewerReport {
  readonly latePercent: number;
  /** Of a core, of each of the processes, the start of the load included. */
  readonly busyPercents: readonly number[];
}

const timeoutMs = 40_000;

/** Lets viewers watch, and measures what that costs the processes with these ids. */
export async function measureViewers(
  load: ViewerLoad,
  pids: readonly number[],
): Promise<ViewerFigures> {
  const before = await Promise.all(pids.map(usageOf));
  const startMs = performance.now();
  const report = await watch(load);
  const seconds = (performance.now() - startMs) / 1000;
  const after = await Promise.all(pids.map(usageOf));
  return {
    ...report,
    latePercent: (100 * report.lateCount) / report.partCount,
    busyPercents: after.map(
      ({ cpuSeconds }, at) => (100 * (cpuSeconds - (before[at]?.cpuSeconds ?? 0))) / seconds,
    ),
  };
}

async function watch({ url, count, measureMs, acceptsGzip }: ViewerLoad): Promise<ViewerReport> {
  const script = fileURLToPath(new URL('viewer-load.ts', import.meta.url));
  const coding = acceptsGzip ? ['gzip'] : [];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', script, url.href, String(count), String(measureMs), ...coding],
    { timeout: timeoutMs },
  );
  return JSON.parse(stdout) as ViewerReport;
}
