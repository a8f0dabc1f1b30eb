import type { Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { Heartbeat } from '../heartbeat.ts';
import { startRig, type Rig } from '../integration/gateway/rig.ts';
import { browserTest, patience, playing } from './gateway/browser-test.ts';
import { pictureAge } from './gateway/picture-age.ts';

const it = browserTest();
/** One that the playlist in the page would outlive, and one that it does not. */
const pausesMs = [2000, 6000];

/** Milliseconds until the page shows what the camera sent less than this long ago. */
async function untilYoungerThan(ageMs: number, page: Page, rig: Rig): Promise<number> {
  const startMs = performance.now();
  await expect.poll(() => pictureAge(page, rig), { ...patience, interval: 20 }).toBeLessThan(ageMs);
  return performance.now() - startMs;
}

describe('playing on after a pause', () => {
  it.for(pausesMs)('of %i ms is live before it would have caught up', async (pauseMs, { page }) => {
    await using rig = await startRig([{ video: 'h264', audio: 'adpcm' }], { lingerMs: 20_000 });
    await page.goto(rig.url('/embed/cam0').href);
    await page.waitForSelector(playing);
    await untilYoungerThan(2000, page, rig);
    await page.locator('camgate-player').focus();
    await page.keyboard.press('k');
    await page.waitForSelector('camgate-player[data-state="paused"]');
    await page.waitForTimeout(pauseMs);
    expect(await pictureAge(page, rig)).toBeGreaterThan(pauseMs);
    const heartbeat = new Heartbeat();
    await page.keyboard.press('k');
    expect(await untilYoungerThan(2000, page, rig)).toBeLessThan(2500 + heartbeat.lostMs);
    heartbeat.stop();
    await page.waitForSelector(playing);
  });
});
