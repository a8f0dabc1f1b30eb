/**
 * From the player's first request to the first picture that hls.js shows in Chromium, on a cold and on a warm gateway.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { launchChromium } from '../../test/browser/gateway/browser.ts';
import type { SimulatorOptions } from '../../src/simulator/camera-simulator.ts';
import { openPlaylist, startCameras } from '../rig/cameras.ts';
import { percentile, print, type Row } from '../rig/figures.ts';
import { watchFirstPicture } from './picture-watch.ts';
import { startGateway } from '../rig/processes.ts';

type Camera = Omit<SimulatorOptions, 'ffmpegPath' | 'media'>;

const sources: readonly (readonly [name: string, camera: Camera])[] = [
  ['av.asf, H.264 + ADPCM, GOP 1 s', { profile: 'classic' }],
  ['av.asf, MJPEG + ADPCM', { profile: 'soso', video: 'mjpeg' }],
  ['videostream.cgi', { profile: 'foscam' }],
  ['av.asf, H.264 + ADPCM, GOP 10 s', { profile: 'classic', gopSeconds: 10 }],
];

const tryCount = 18;
/** Keyframes come once a second: tries are spread over it. */
const spreadMs = 1000 / tryCount;

export async function firstPicture(): Promise<void> {
  await using direct = await startCameras({ profile: 'foscam' });
  const [camera] = direct.urls;
  if (camera === undefined) throw new Error('no camera');
  const browser = await launchChromium();
  try {
    for (const [name, options] of sources) {
      await using cameras = await startCameras(options);
      const image = new URL('videostream.cgi?user=admin&pwd=', camera);
      const baseline = await times(() => imageTime(browser, image));
      const cold = await coldTimes(browser, cameras.urls);
      await using gateway = await startGateway(cameras.urls, { alwaysOn: true });
      await untilPlaying(gateway.url);
      const warm = await times(() => playerTime(browser, gateway.url));
      print(
        `first picture, ${name}; baseline: the camera's own MJPEG opened directly in Chromium`,
        [...rows('cold', cold, baseline), ...rows('warm', warm, baseline)],
      );
    }
  } finally {
    await browser.close();
  }
}

/** A simulated camera encodes its picture when it is first asked, and sends nothing meanwhile. */
async function untilPlaying(gateway: URL): Promise<void> {
  const endMs = performance.now() + 60_000;
  for (;;) {
    try {
      await openPlaylist(gateway, 'cam0');
      return;
    } catch (error) {
      if (performance.now() > endMs) throw error;
      await wait(500);
    }
  }
}

function rows(name: string, values: readonly number[], baseline: readonly number[]): Row[] {
  return [0.5, 0.95].map((share) => ({
    figure: `${name}, request of index.m3u8 to first picture, p${share * 100}`,
    value: percentile(values, share),
    unit: 'ms',
    baseline: percentile(baseline, share),
  }));
}

/** A new gateway each time: nothing is known of the camera. */
function coldTimes(browser: Browser, cameras: readonly URL[]): Promise<number[]> {
  return inTurn(async (count) => {
    await using gateway = await startGateway(cameras);
    await untilPhase(count);
    return await playerTime(browser, gateway.url);
  });
}

function times(measure: () => Promise<number>): Promise<number[]> {
  return inTurn(async (count) => {
    await untilPhase(count);
    return await measure();
  });
}

async function inTurn(measure: (count: number) => Promise<number>): Promise<number[]> {
  const values: number[] = [];
  for (let count = 0; count < tryCount; count++) values.push(await measure(count));
  return values;
}

/** Until the part of the second that belongs to this try. */
async function untilPhase(count: number): Promise<void> {
  await wait((count * spreadMs - (Date.now() % 1000) + 1000) % 1000);
}

async function playerTime(browser: Browser, gateway: URL): Promise<number> {
  return pageTime(browser, new URL('embed/cam0', gateway), undefined);
}

async function imageTime(browser: Browser, image: URL): Promise<number> {
  return pageTime(browser, new URL('/', image), image.href);
}

async function pageTime(browser: Browser, page: URL, image: string | undefined): Promise<number> {
  const tab = await browser.newPage();
  try {
    await tab.goto(page.href, { waitUntil: 'commit' });
    return await tab.evaluate(watchFirstPicture, { image, timeoutMs: 20_000 });
  } finally {
    await tab.close();
  }
}
