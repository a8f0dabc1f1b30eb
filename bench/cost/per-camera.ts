/** What one more watched camera (H.264 copied, ADPCM to AAC) costs the gateway, and its ffmpeg child apart. */
import { setTimeout as wait } from 'node:timers/promises';
import { openPlaylist, startCameras } from '../rig/cameras.ts';
import { print } from '../rig/figures.ts';
import { LowLatencyViewers } from '../viewers/low-latency-viewer.ts';
import { childrenOf, startGateway, usageOf, type Usage } from '../rig/processes.ts';

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
    const children = await childrenOf(gateway.pid);
    const before = await measure(gateway.pid, children);
    await wait(measureMs);
    const after = await measure(gateway.pid, children);
    watching.abort();
    await Promise.all(viewers);
    const share = (now: Usage, then: Usage): number =>
      ((now.cpuSeconds - then.cpuSeconds) / (measureMs / 1000) / count) * 100;
    const child = share(after.children, before.children);
    const childMemory = after.children.residentBytes / count / megabyte;
    print(`${count} watched camera(s), each; baseline: its ffmpeg child (${children.length})`, [
      {
        figure: 'processor of the gateway',
        value: share(after.gateway, before.gateway),
        unit: '% of a core',
        baseline: child,
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

async function measure(
  pid: number,
  children: readonly number[],
): Promise<{ gateway: Usage; children: Usage }> {
  const usages = await Promise.all(children.map(usageOf));
  return {
    gateway: await usageOf(pid),
    children: {
      cpuSeconds: usages.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
      residentBytes: usages.reduce((sum, { residentBytes }) => sum + residentBytes, 0),
    },
  };
}

/** One LL-HLS viewer. */
async function watch(playlist: URL, signal: AbortSignal): Promise<void> {
  const viewers = new LowLatencyViewers(playlist, false);
  const parts = viewers.watch(await viewers.open());
  while (!signal.aborted) await parts.next();
  await parts.return(undefined);
}
