/** What a camera costs that is kept ready and that nobody watches: the gateway and its children together, each. */
import { setTimeout as wait } from 'node:timers/promises';
import { silentLog } from '../../src/lib/log.ts';
import { locateFfmpeg, type FfmpegBinary } from '../../src/transcode/ffmpeg/binary.ts';
import { publishedStream, startCameras } from '../rig/cameras.ts';
import { print, type Row } from '../rig/figures.ts';
import { childrenOf, startGateway, usageOf, type Usage } from '../rig/processes.ts';

const cameraCount = 20;
/** Before that the just-in-time compiler is a fifth of the gateway's time. */
const settleMs = 20_000;
const measureMs = 20_000;
const megabyte = 1024 * 1024;

interface Kind {
  readonly audio: 'none' | 'adpcm';
  readonly ffmpeg: FfmpegBinary;
}

/** With the ffmpeg that a gateway finds on this machine, and with the bundled one. */
export async function keptReady(): Promise<void> {
  const found = await ffmpegOn(process.env['PATH']);
  const bundled = await ffmpegOn('');
  await measure({ audio: 'none', ffmpeg: found });
  await measure({ audio: 'adpcm', ffmpeg: found });
  if (bundled.path !== found.path) await measure({ audio: 'adpcm', ffmpeg: bundled });
}

async function measure({ audio, ffmpeg }: Kind): Promise<void> {
  const root = { ffmpegPath: ffmpeg.path };
  await using cameras = await startCameras({ ...publishedStream, audio }, cameraCount);
  await using idle = await startGateway(cameras.urls.slice(0, 1), {}, root);
  const empty = await usageOf(idle.pid);
  await using gateway = await startGateway(cameras.urls, { alwaysOn: true }, root);
  await wait(settleMs);
  const before = await readUsages(gateway.pid);
  await wait(measureMs);
  const after = await readUsages(gateway.pid);
  const ofGateway = share(before.gateway, after.gateway, empty.residentBytes);
  const ofChildren = share(before.children, after.children, 0);
  print(
    `${cameraCount} cameras kept ready, 720p30, audio: ${audio}; ${after.childCount} children, ` +
      `${ffmpeg.source} ffmpeg ${ffmpeg.version}`,
    [
      row('processor, each', '% of a core', ofGateway.percent + ofChildren.percent),
      row('  of that the child', '% of a core', ofChildren.percent),
      row('memory (PSS), each, above an empty gateway', 'MB', ofGateway.mb + ofChildren.mb),
      row('  of that the child', 'MB', ofChildren.mb),
    ],
  );
}

/** Of one camera: percent of a core, and memory that is more than `emptyBytes` for all. */
function share(before: Usage, after: Usage, emptyBytes: number): { percent: number; mb: number } {
  const seconds = (after.cpuSeconds - before.cpuSeconds) / cameraCount;
  return {
    percent: (100 * seconds) / (measureMs / 1000),
    mb: (after.residentBytes - emptyBytes) / cameraCount / megabyte,
  };
}

function row(figure: string, unit: string, value: number): Row {
  return { figure, unit, value, baseline: undefined };
}

/** The one that a gateway with this search path takes: the bundled one where it is empty. */
function ffmpegOn(searchPath: string | undefined): Promise<FfmpegBinary> {
  return locateFfmpeg({ configuredPath: undefined, searchPath, log: silentLog });
}

async function readUsages(
  pid: number,
): Promise<{ gateway: Usage; children: Usage; childCount: number }> {
  const children = await childrenOf(pid);
  const [gateway, usages] = [await usageOf(pid), await Promise.all(children.map(usageOf))];
  return {
    gateway,
    children: {
      cpuSeconds: usages.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
      residentBytes: usages.reduce((sum, { residentBytes }) => sum + residentBytes, 0),
    },
    childCount: children.length,
  };
}
