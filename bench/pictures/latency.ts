/** From the camera's send of a frame to its pixels in Chromium's canvas. */
import type { Browser } from 'playwright-core';
import { launchChromium } from '../../test/browser/gateway/browser.ts';
import type { CameraSimulator } from '../../src/simulator/camera-simulator.ts';
import { publishedStream, startCameras } from '../rig/cameras.ts';
import { percentile, print } from '../rig/figures.ts';
import { startGateway } from '../rig/processes.ts';
import { numbersSeen } from './strip-numbers.ts';
import { sampleStrip, type Sample } from './strip-sampler.ts';

const settleMs = 4000;
const measureMs = 8000;

export async function latency(): Promise<void> {
  await using h264 = await startCameras(publishedStream);
  await using mjpeg = await startCameras({ profile: 'foscam' });
  await using gateway = await startGateway([...h264.urls, ...mjpeg.urls]);
  await using short = await startGateway([...h264.urls, ...mjpeg.urls], { hls: { part: '100ms' } });
  const [classic, foscam] = [h264.simulators[0], mjpeg.simulators[0]];
  if (classic === undefined || foscam === undefined) throw new Error('no cameras');
  const browser = await launchChromium();
  try {
    const at = (path: string): URL => new URL(path, gateway.url);
    const stream = '/videostream.cgi?user=admin&pwd=';
    const direct = await measure(browser, foscam, new URL('/', foscam.url), stream);
    const relayed = await measure(browser, foscam, at('/healthz'), '/cameras/cam1/stream.mjpg');
    const again = await measure(browser, foscam, new URL('/', foscam.url), stream);
    const baseline = [...direct, ...again];
    const encoded = await measure(browser, foscam, at('/embed/cam1'), undefined);
    const copied = await measure(browser, classic, at('/embed/cam0'), undefined);
    const shortPage = new URL('/embed/cam0', short.url);
    const copiedShort = await measure(browser, classic, shortPage, undefined);
    print("pixels: camera to Chromium's canvas, against videostream.cgi opened directly", [
      ...rows('MJPEG passthrough', relayed, baseline),
      ...rows('LL-HLS, MJPEG camera (encoded)', encoded, baseline),
      ...rows('LL-HLS, H.264 camera (copied)', copied, baseline),
      ...rows('the same with parts of 100 ms', copiedShort, baseline),
    ]);
  } finally {
    await browser.close();
  }
}

function rows(
  name: string,
  values: readonly number[],
  baseline: readonly number[],
): Parameters<typeof print>[1] {
  return [0.5, 0.95].map((share) => ({
    figure: `${name}, p${share * 100} of ${values.length} frames`,
    value: percentile(values, share),
    unit: 'ms',
    baseline: percentile(baseline, share),
  }));
}

/** Latencies in ms of the frames seen on a page: its player's video, or an image of `source` put into it. */
async function measure(
  browser: Browser,
  camera: CameraSimulator,
  page: URL,
  source: string | undefined,
): Promise<number[]> {
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
