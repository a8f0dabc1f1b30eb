/** What the stills of a wall of H.264 cameras cost; the baseline is the same gateway while no stills are asked for. */
import { setTimeout as wait } from 'node:timers/promises';
import type { FfmpegBinary } from '../../src/transcode/ffmpeg/binary.ts';
import { ffmpegOn, publishedStream, startCameras } from '../rig/cameras.ts';
import { percentile, print, type Row } from '../rig/figures.ts';
import { startGateway } from '../rig/processes.ts';
import { busyPercents, gatewayUsageOf } from './gateway-usage.ts';
import { watchWall } from './wall-stills.ts';

const cameraCount = 20;
/** Before that the just-in-time compiler is a fifth of the gateway's time. */
const settleMs = 20_000;
/** Until all decoders run, and until all have been stopped because nobody asks any longer (15 s, found within 5 s). */
const decodersStartMs = 8_000;
const decodersStopMs = 22_000;
const measureMs = 15_000;
const megabyte = 1024 * 1024;

interface Cost {
  readonly gatewayPercent: number;
  readonly childrenPercent: number;
  readonly gatewayMb: number;
  readonly childrenMb: number;
  readonly childCount: number;
}

/** With the ffmpeg that a gateway finds on this machine, and with the bundled one. */
export async function stills(): Promise<void> {
  const found = await ffmpegOn(process.env['PATH']);
  const bundled = await ffmpegOn('');
  await measure(found);
  if (bundled.path !== found.path) await measure(bundled);
}

async function measure(ffmpeg: FfmpegBinary): Promise<void> {
  await using cameras = await startCameras({ ...publishedStream, audio: 'none' }, cameraCount);
  const root = { ffmpegPath: ffmpeg.path };
  await using gateway = await startGateway(cameras.urls, { alwaysOn: true }, root);
  await wait(settleMs);
  const before = await costOf(gateway.pid);
  const wall = watchWall(gateway.url, { count: cameraCount, width: publishedStream.width });
  await wait(decodersStartMs);
  const startMs = performance.now();
  const asked = await costOf(gateway.pid);
  const answers = wall.answersSince(startMs);
  const seconds = (performance.now() - startMs) / 1000;
  await wall.stop();
  await wait(decodersStopMs);
  const behind = await costOf(gateway.pid);
  const unasked = meanOf(before, behind);
  const extraPercent = percentOf(asked) - percentOf(unasked);
  const perSecond = answers.length / seconds;
  print(
    `stills of a wall of ${cameraCount} H.264 cameras, 720p30; ${asked.childCount} children, ` +
      `${ffmpeg.source} ffmpeg ${ffmpeg.version}, ${wall.failedCount} failures; baseline: no stills asked for`,
    [
      row('processor of gateway and children', '% of a core', percentOf(asked), percentOf(unasked)),
      row('  above the baseline', '% of a core', extraPercent),
      row('  the gateway alone', '% of a core', asked.gatewayPercent, unasked.gatewayPercent),
      row('memory (PSS) of gateway and children', 'MB', mbOf(asked), mbOf(unasked)),
      row('  above the baseline', 'MB', mbOf(asked) - mbOf(unasked)),
      row('  the gateway alone', 'MB', asked.gatewayMb, unasked.gatewayMb),
      row('stills per second', '/s', perSecond),
      row('processor for each still, above the baseline', 'ms', (10 * extraPercent) / perSecond),
      row('request to whole still, p50', 'ms', percentile(answers, 0.5)),
      row('the same, p95', 'ms', percentile(answers, 0.95)),
    ],
  );
}

async function costOf(pid: number): Promise<Cost> {
  const before = await gatewayUsageOf(pid);
  await wait(measureMs);
  const after = await gatewayUsageOf(pid);
  const busy = busyPercents(before, after);
  return {
    gatewayPercent: busy.gateway,
    childrenPercent: busy.children,
    gatewayMb: after.gateway.residentBytes / megabyte,
    childrenMb: after.children.residentBytes / megabyte,
    childCount: after.childCount,
  };
}

/** A gateway's cost drifts for a while after its start: before and behind the stills, in equal shares. */
function meanOf(one: Cost, other: Cost): Cost {
  const mean = (key: keyof Cost): number => (one[key] + other[key]) / 2;
  return {
    gatewayPercent: mean('gatewayPercent'),
    childrenPercent: mean('childrenPercent'),
    gatewayMb: mean('gatewayMb'),
    childrenMb: mean('childrenMb'),
    childCount: mean('childCount'),
  };
}

function percentOf({ gatewayPercent, childrenPercent }: Cost): number {
  return gatewayPercent + childrenPercent;
}

function mbOf({ gatewayMb, childrenMb }: Cost): number {
  return gatewayMb + childrenMb;
}

function row(figure: string, unit: string, value: number, baseline?: number): Row {
  return { figure, unit, value, baseline };
}
