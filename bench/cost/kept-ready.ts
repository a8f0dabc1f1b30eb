/** What a camera costs that is kept ready and that nobody watches: the gateway and its children together, each. */
import { setTimeout as wait } from 'node:timers/promises';
import type { FfmpegBinary } from '../../src/transcode/ffmpeg/binary.ts';
import { ffmpegOn, publishedStream, startCameras } from '../rig/cameras.ts';
import { print, type Row } from '../rig/figures.ts';
import { startGateway, usageOf } from '../rig/processes.ts';
import { busyPercents, gatewayUsageOf } from './gateway-usage.ts';

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
  const before = await gatewayUsageOf(gateway.pid);
  await wait(measureMs);
  const after = await gatewayUsageOf(gateway.pid);
  const busy = busyPercents(before, after);
  const childrenBytes = after.children.residentBytes;
  const bytes = after.gateway.residentBytes - empty.residentBytes + childrenBytes;
  print(
    `${cameraCount} cameras kept ready, 720p30, audio: ${audio}; ${after.childCount} children, ` +
      `${ffmpeg.source} ffmpeg ${ffmpeg.version}`,
    [
      row('processor, each', '% of a core', busy.gateway + busy.children),
      row('  of that the child', '% of a core', busy.children),
      row('memory (PSS), each, above an empty gateway', 'MB', bytes / megabyte),
      row('  of that the child', 'MB', childrenBytes / megabyte),
    ],
  );
}

/** Of one camera; `value` is that of all. */
function row(figure: string, unit: string, value: number): Row {
  return { figure, unit, value: value / cameraCount, baseline: undefined };
}
