/**
 * LL-HLS viewers of one 2 Mbit/s camera; the baseline is the same load on a bare node:http server, in the same minute.
 */
import { fullPlaylist, publishedStream, readPlaylist, startCameras } from '../rig/cameras.ts';
import { print, type Row } from '../rig/figures.ts';
import { startGateway, startScript, type MeasuredProcess } from '../rig/processes.ts';
import { measureViewers, type ViewerFigures } from './viewer-measure.ts';

const counts = [1, 100, 1000, 2000] as const;
const measureMs = 6000;

export async function viewers(): Promise<void> {
  await using cameras = await startCameras(publishedStream);
  await using gateway = await startGateway(cameras.urls);
  const { url } = await fullPlaylist(gateway.url, 'cam0');
  await using bare = await startScript('bare-live-server.ts', await bodySizes(url));
  for (const count of counts) {
    const ours = await measure(gateway, url, count);
    const theirs = await measure(bare, new URL('live.m3u8', bare.url), count);
    const row = (figure: string, unit: string, pick: (figures: ViewerFigures) => number): Row => {
      return { figure, unit, value: pick(ours), baseline: pick(theirs) };
    };
    print(
      `${count} LL-HLS viewer(s), ${ours.partCount} parts, ${ours.failedCount} failures; baseline: bare node:http`,
      [
        row('parts inside 200 ms', '%', ({ latePercent }) => 100 - latePercent),
        row('first byte anywhere to last byte here, p50', 'ms', ({ p50Ms }) => p50Ms),
        row('the same, p99', 'ms', ({ p99Ms }) => p99Ms),
        row(
          'processor of the server (start included)',
          '% of a core',
          (f) => f.busyPercents[0] ?? NaN,
        ),
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

function measure(server: MeasuredProcess, url: URL, count: number): Promise<ViewerFigures> {
  return measureViewers({ url, count, measureMs, acceptsGzip: false }, [server.pid]);
}
