/** What one more watched camera (H.264 copied, ADPCM to AAC) costs the gateway, and its ffmpeg child apart. */
import { setTimeout as wait } from 'node:timers/promises';
import { openPlaylist, startCameras } from '../rig/cameras.ts';
import { print } from '../rig/figures.ts';
import { startGateway, usageOf } from '../rig/processes.ts';
import { LowLatencyViewers } from '../viewers/low-latency-viewer.ts';
import { busyPercents, gatewayUsageOf } from './gateway-usage.ts';

const counts = [1, 10, 50] as const;
/** Before that the just-in-time compiler is a fifth of the gateway's time. */
const settleMs = 30_000;
const measureMs = 10_000;
const megabyte = 1024 * 1024;

export async function perCamera(): Promise<void> {
  for (const count of counts) {
    await using cameras = await startCameras({ profile: 'classic' }, count);
    await using gateway = await startGateway(cameras.urls, { linger: '60s' });
    const idle = await usageOf(gateway.pid);
    const watching = new AbortController();
    const viewers: Promise<void>[] = [];
    for (let index = 0; index < count; index++) {
      const { url } = await openPlaylist(gateway.url, `cam${index}`);
      viewers.push(watch(url, watching.signal));
    }
    await wait(settleMs);
    const before = await gatewayUsageOf(gateway.pid);
    await wait(measureMs);
    const after = await gatewayUsageOf(gateway.pid);
    watching.abort();
    await Promise.all(viewers);
    const busy = busyPercents(before, after);
    const childMemory = after.children.residentBytes / count / megabyte;
    print(`${count} watched camera(s), each; baseline: its ffmpeg child (${after.childCount})`, [
      {
        figure: 'processor of the gateway',
        value: busy.gateway / count,
        unit: '% of a core',
        baseline: busy.children / count,
      },
      {
        figure: 'memory of the gateway (PSS, above idle)',
        value: (after.gateway.residentBytes - idle.residentBytes) / count / megabyte,
        unit: 'MB',
        baseline: childMemory,
      },
      {
        figure: 'memory of the idle gateway (PSS, whole)',
        value: idle.residentBytes / megabyte,
        unit: 'MB',
        baseline: undefined,
      },
    ]);
  }
}

/** One LL-HLS viewer. */
async function watch(playlist: URL, signal: AbortSignal): Promise<void> {
  const viewers = new LowLatencyViewers(playlist, false);
  const parts = viewers.watch(await viewers.open());
  while (!signal.aborted) await parts.next();
  await parts.return(undefined);
}
