/** What a camera costs that is kept ready and that nobody watches: the gateway and its children together, each. */
import { setTimeout as wait } from 'node:timers/promises';
import { publishedStream, startCameras } from './cameras.ts';
import { print } from './figures.ts';
import { childrenOf, startGateway, usageOf, type Usage } from './processes.ts';

const cameraCount = 20;
/** Before that the just-in-time compiler is a fifth of the gateway's time. */
const settleMs = 20_000;
const measureMs = 20_000;
const megabyte = 1024 * 1024;
const kinds = ['none', 'adpcm'] as const;

export async function keptReady(): Promise<void> {
  for (const audio of kinds) {
    await using cameras = await startCameras({ ...publishedStream, audio }, cameraCount);
    await using idle = await startGateway(cameras.urls.slice(0, 1));
    const empty = await usageOf(idle.pid);
    await using gateway = await startGateway(cameras.urls, { alwaysOn: true });
    await wait(settleMs);
    const before = await total(gateway.pid);
    await wait(measureMs);
    const after = await total(gateway.pid);
    const cpuSeconds = after.usage.cpuSeconds - before.usage.cpuSeconds;
    print(
      `${cameraCount} cameras kept ready, 720p30, audio: ${audio}; ${after.childCount} children`,
      [
        {
          figure: 'processor, gateway and children, each',
          value: (cpuSeconds / (measureMs / 1000) / cameraCount) * 100,
          unit: '% of a core',
          baseline: undefined,
        },
        {
          figure: 'memory, gateway and children, each (PSS, above an empty gateway)',
          value: (after.usage.residentBytes - empty.residentBytes) / cameraCount / megabyte,
          unit: 'MB',
          baseline: undefined,
        },
      ],
    );
  }
}

async function total(pid: number): Promise<{ usage: Usage; childCount: number }> {
  const children = await childrenOf(pid);
  const usages = await Promise.all([pid, ...children].map(usageOf));
  return {
    usage: {
      cpuSeconds: usages.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
      residentBytes: usages.reduce((sum, { residentBytes }) => sum + residentBytes, 0),
    },
    childCount: children.length,
  };
}
