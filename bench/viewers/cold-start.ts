/** From the request on a gateway without any session to the first picture, against the camera opened directly. */
import { setTimeout as wait } from 'node:timers/promises';
import type { SimulatorOptions } from '../../src/simulator/camera-simulator.ts';
import { openPlaylist, startCameras } from '../rig/cameras.ts';
import { percentile, print, type Row } from '../rig/figures.ts';
import { startGateway } from '../rig/processes.ts';

interface Source {
  readonly name: string;
  readonly camera: Omit<SimulatorOptions, 'ffmpegPath' | 'media'>;
  /** How a program would open the camera itself; the picture is there when this many bytes have come. */
  readonly direct: string;
}

const login = 'user=admin&pwd=';

const sources: readonly Source[] = [
  {
    name: 'av.asf, H.264 + ADPCM, GOP 1 s',
    camera: { profile: 'classic' },
    direct: `av.asf?${login}`,
  },
  {
    name: 'av.asf, MJPEG + ADPCM',
    camera: { profile: 'drone', video: 'mjpeg' },
    direct: `av.asf?${login}`,
  },
  {
    name: 'videostream.cgi',
    camera: { profile: 'foscam' },
    direct: `videostream.cgi?${login}`,
  },
  {
    name: 'snapshot.cgi polled',
    camera: { profile: 'f99' },
    direct: `snapshot.cgi?${login}`,
  },
];

const tryCount = 3;
const timeoutMs = 20_000;
/** A picture of the simulators at 640x360 is bigger, the heads before it are smaller. */
const pictureBytes = 8000;

export async function coldStart(): Promise<void> {
  for (const source of sources) {
    await using cameras = await startCameras(source.camera);
    const [url] = cameras.urls;
    if (url === undefined) throw new Error('no camera');
    const baseline = await median(() => firstBytes(new URL(source.direct, url)));
    const ways: readonly (readonly [string, (gateway: URL) => Promise<void>])[] = [
      ['index.m3u8, playlist and first part', firstPart],
      [
        'snapshot.jpg',
        (gateway) => firstBytes(new URL('cameras/cam0/snapshot.jpg', gateway), Infinity),
      ],
      [
        'stream.mjpg, first frame',
        (gateway) => firstBytes(new URL('cameras/cam0/stream.mjpg', gateway)),
      ],
    ];
    const rows: Row[] = [];
    for (const [figure, open] of ways) {
      const times: number[] = [];
      for (let count = 0; count < tryCount; count++) {
        // A new gateway each time: nothing is remembered of how the camera is to be opened.
        await using gateway = await startGateway([url]);
        await untilPhase(count);
        times.push(await timed(() => open(gateway.url)));
      }
      rows.push({ figure, value: percentile(times, 0.5), unit: 'ms', baseline });
    }
    print(`cold start, ${source.name}; baseline: the camera's first ${pictureBytes} bytes`, rows);
  }
}

/**
 * Keyframes come once a second, so how long a start takes depends on when in the second it begins. The tries are spread
 * over the second, in the same way for the gateway and for the baseline.
 */
async function untilPhase(count: number): Promise<void> {
  const phaseMs = ((count + 0.5) * 1000) / tryCount;
  await wait((phaseMs - (Date.now() % 1000) + 1000) % 1000);
}

async function median(open: () => Promise<void>): Promise<number> {
  const times: number[] = [];
  for (let count = 0; count < tryCount; count++) {
    await untilPhase(count);
    times.push(await timed(open));
  }
  return percentile(times, 0.5);
}

async function timed(open: () => Promise<void>): Promise<number> {
  const startMs = performance.now();
  await open();
  return performance.now() - startMs;
}

async function firstPart(gateway: URL): Promise<void> {
  const { part } = await openPlaylist(gateway, 'cam0');
  if (part === undefined) throw new Error('the first playlist has no part');
  await firstBytes(part, Infinity);
}

/** Resolves when that many bytes of the body are here, or all of it. */
async function firstBytes(url: URL, byteCount = pictureBytes): Promise<void> {
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new Error(`${url.pathname}: timeout`)),
    timeoutMs,
  );
  try {
    const answer = await fetch(url, { signal: controller.signal });
    if (!answer.ok || answer.body === null) throw new Error(`${url.pathname}: ${answer.status}`);
    let count = 0;
    for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
      count += chunk.length;
      if (count >= byteCount) return;
    }
  } finally {
    clearTimeout(timer);
    controller.abort();
  }
}
