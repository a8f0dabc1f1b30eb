/** From the camera's send of a frame to its pixels in Chromium's canvas. */
import type { Browser } from 'playwright-core';
import { launchChromium } from '../../test/browser/gateway/browser.ts';
import type { CameraSimulator } from '../../src/simulator/camera-simulator.ts';
import { publishedStream, startCameras } from '../rig/cameras.ts';
import { percentile, print, type Row } from '../rig/figures.ts';
import { startGateway } from '../rig/processes.ts';
import { numbersSeen } from './strip-numbers.ts';
import { sampleStrip, type Sample } from './strip-sampler.ts';

const settleMs = 4000;
const measureMs = 8000;
/** The H.264 cameras take turns this often, so that both are seen in the same minutes. */
const roundCount = 3;
/** 505 samples at 8 kHz: 63 ms. */
const adpcmBlockBytes = 256;

/** A page that shows a camera. */
interface Way {
  readonly name: string;
  readonly camera: CameraSimulator;
  readonly page: URL;
  /** Address of an image to put into the page; undefined looks at the page's own player. */
  readonly source?: string;
}

export async function latency(): Promise<void> {
  await using silentCameras = await startCameras({ ...publishedStream, audio: 'none' });
  await using adpcmCameras = await startCameras({
    ...publishedStream,
    audio: 'adpcm',
    adpcmBlockBytes,
  });
  await using mjpegCameras = await startCameras({ profile: 'foscam' });
  const groups = [silentCameras, adpcmCameras, mjpegCameras];
  const urls = groups.flatMap((group) => group.urls);
  await using gateway = await startGateway(urls);
  await using short = await startGateway(urls, { hls: { part: '100ms' } });
  const [silent, adpcm, foscam] = groups.flatMap((group) => group.simulators);
  if (!silent || !adpcm || !foscam) throw new Error('no cameras');
  const direct: Way = {
    name: 'videostream.cgi',
    camera: foscam,
    page: foscam.url,
    source: '/videostream.cgi?user=admin&pwd=',
  };
  const relayed: Way = {
    name: 'MJPEG passthrough',
    camera: foscam,
    page: new URL('healthz', gateway.url),
    source: '/cameras/cam2/stream.mjpg',
  };
  const encoded: Way = {
    name: 'MJPEG encoded, parts of 200 ms',
    camera: foscam,
    page: new URL('embed/cam2', gateway.url),
  };
  const pairs = [
    { length: 'parts of 200 ms', url: gateway.url },
    { length: 'parts of 100 ms', url: short.url },
  ].map(({ length, url }): readonly [without: Way, withAudio: Way] => [
    { name: `H.264, no audio, ${length}`, camera: silent, page: new URL('embed/cam0', url) },
    { name: `H.264, ADPCM, ${length}`, camera: adpcm, page: new URL('embed/cam1', url) },
  ]);
  const browser = await launchChromium();
  try {
    const seen = await measureInTurn(browser, [direct, relayed, direct, encoded]);
    const turns = Array.from({ length: roundCount }, () => pairs.flat()).flat();
    for (const [way, latencies] of await measureInTurn(browser, turns)) seen.set(way, latencies);
    print("pixels: camera to Chromium's canvas; baseline: videostream.cgi opened directly", [
      ...[relayed, encoded, ...pairs.flat()].flatMap((way) => rows(seen, way, direct)),
    ]);
    print('the same, with audio in blocks of 63 ms; baseline: without audio', [
      ...pairs.flatMap(([without, withAudio]) => rows(seen, withAudio, without)),
    ]);
  } finally {
    await browser.close();
  }
}

function rows(seen: ReadonlyMap<Way, number[]>, way: Way, other: Way): Row[] {
  const [values = [], baseline = []] = [seen.get(way), seen.get(other)];
  return [0.5, 0.95].map((share) => ({
    figure: `${way.name}, p${share * 100} of ${values.length} frames`,
    value: percentile(values, share),
    unit: 'ms',
    baseline: percentile(baseline, share),
  }));
}

/** One after the other; latencies in ms of the frames seen, those of a way that has several turns together. */
async function measureInTurn(browser: Browser, ways: readonly Way[]): Promise<Map<Way, number[]>> {
  const seen = new Map<Way, number[]>();
  for (const way of ways) {
    const latencies = seen.get(way) ?? [];
    seen.set(way, latencies);
    latencies.push(...(await measure(browser, way)));
  }
  return seen;
}

async function measure(browser: Browser, { camera, page, source }: Way): Promise<number[]> {
  const tab = await browser.newPage();
  try {
    await tab.goto(page.href);
    const samples = await tab.evaluate(sampleStrip, { source, settleMs, measureMs });
    return latenciesOf(samples, camera);
  } finally {
    await tab.close();
  }
}

/**
 * A loop is at least 17 s and latencies are far below, so the last send of a number before it was seen is the right
 * one; numbers whose slot was overwritten since are left out.
 */
function latenciesOf(samples: readonly Sample[], camera: CameraSimulator): number[] {
  const latencies: number[] = [];
  for (const { number, seenAt } of numbersSeen(samples)) {
    const sentAt = camera.journal.framesSent.get(number);
    if (sentAt !== undefined && sentAt <= seenAt) latencies.push(seenAt - sentAt);
  }
  return latencies;
}
