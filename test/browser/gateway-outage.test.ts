import type { Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import type { CameraConfig } from '../../src/config/config.ts';
import {
  eventually,
  startRig,
  type Rig,
  type SimulatedCamera,
} from '../integration/gateway/rig.ts';
import { browserTest, patience, playing } from './gateway/browser-test.ts';
import { shownFrame } from './gateway/shown-frame.ts';

const it = browserTest();

async function currentTime(page: Page): Promise<number> {
  return page.locator('video').evaluate((video: HTMLVideoElement) => video.currentTime);
}

/** The page is never reloaded, and its video element never replaced. */
async function watch(page: Page, rig: Rig): Promise<void> {
  await page.goto(rig.url('/cameras/cam0').href);
  await page.waitForSelector(playing);
  await expect.poll(() => shownFrame(page), patience).toBeTypeOf('number');
}

function rigWith(camera: SimulatedCamera, offline: CameraConfig['offline']): Promise<Rig> {
  return startRig([camera], { offline, lingerMs: 20_000 });
}

async function recoveries(page: Page): Promise<number> {
  return page.locator('camgate-player').evaluate((player) => {
    return (player as unknown as { stats: { recoveryCount: number } }).stats.recoveryCount;
  });
}

/** Runs in the page. */
function decodedSoundBytes(): number {
  const video = document.querySelector<HTMLVideoElement & { webkitAudioDecodedByteCount: number }>(
    'video',
  );
  return video?.webkitAudioDecodedByteCount ?? 0;
}

const kinds: readonly (readonly [string, SimulatedCamera])[] = [
  ['H.264 with sound', { video: 'h264', audio: 'adpcm' }],
  ['H.264 silent', { video: 'h264', audio: 'none' }],
];

describe('an outage in a real player', () => {
  it.for(kinds)('is a still picture with offline: slate, %s', async ([, camera], { page }) => {
    await using rig = await rigWith(camera, 'slate');
    await watch(page, rig);
    await rig.camera.faults.switchOn({ kind: 'stall' });
    await expect.poll(() => shownFrame(page), patience).toBeUndefined();
    const badge = page.locator('.player-badge');
    await expect.poll(() => badge.textContent(), patience).not.toMatch(/^live/);
    await page.waitForSelector('camgate-player[data-state="slate"]');
    await expect
      .poll(() => page.locator('#details').textContent(), patience)
      .toMatch(/Played asLL-HLSLatencystill picture: no signal since \d/);
    const during = await currentTime(page);
    await expect.poll(() => currentTime(page), patience).toBeGreaterThan(during + 3);
    expect(await shownFrame(page)).toBeUndefined();
    await rig.camera.faults.clear();
    await expect.poll(() => shownFrame(page), patience).toBeTypeOf('number');
    await expect.poll(() => badge.textContent(), patience).toMatch(/^live/);
    const after = await currentTime(page);
    await expect.poll(() => currentTime(page), patience).toBeGreaterThan(after + 2);
    expect(await recoveries(page)).toBeLessThanOrEqual(1);
  });

  it('ends also when the camera brings sound that nobody knew of', async ({ page }) => {
    await using rig = await rigWith({ video: 'h264', audio: 'adpcm' }, 'slate');
    await rig.camera.faults.switchOn({ kind: 'mute' });
    await page.goto(rig.url('/cameras/cam0').href);
    await page.waitForSelector('camgate-player[data-state="slate"]');
    await rig.camera.faults.clear();
    const { tracks } = await eventually(
      () => rig.status(),
      ({ state }) => state === 'live',
      30_000,
    );
    expect(tracks.map(({ kind }) => kind)).toContain('audio');
    await expect.poll(() => shownFrame(page), patience).toBeTypeOf('number');
    await expect.poll(() => page.evaluate(decodedSoundBytes), patience).toBeGreaterThan(0);
    await page.waitForSelector(playing);
    expect(await recoveries(page)).toBeLessThanOrEqual(1);
  });

  it('is waited for with offline: hold', async ({ page }) => {
    await using rig = await rigWith({ video: 'h264', audio: 'adpcm' }, 'hold');
    await watch(page, rig);
    await rig.camera.faults.switchOn({ kind: 'stall' });
    await page.waitForSelector('camgate-player[data-state="away"]');
    const during = await currentTime(page);
    await rig.camera.faults.clear();
    await expect.poll(() => currentTime(page), patience).toBeGreaterThan(during + 2);
    expect(await shownFrame(page)).toBeTypeOf('number');
  });
});
