import type { Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { startRig, type Rig } from '../integration/gateway/rig.ts';
import { browserTest, playing } from './gateway/browser-test.ts';
import { shownFrame } from './gateway/shown-frame.ts';

const it = browserTest();
const pauseMs = 6000;

/** How long ago the camera sent what the page shows, in ms; undefined while it shows no frame of it. */
async function pictureAge(page: Page, rig: Rig): Promise<number | undefined> {
  const number = await shownFrame(page);
  const sentAtMs = number === undefined ? undefined : rig.camera.journal.framesSent.get(number);
  return sentAtMs === undefined ? undefined : Date.now() - sentAtMs;
}

/** Milliseconds until the page shows what the camera sent less than this long ago. */
async function untilYoungerThan(ageMs: number, page: Page, rig: Rig): Promise<number> {
  const startMs = performance.now();
  const ask = async (): Promise<number> =>
    (await pictureAge(page, rig)) ?? Number.POSITIVE_INFINITY;
  await expect.poll(ask, { timeout: 10_000, interval: 20 }).toBeLessThan(ageMs);
  return performance.now() - startMs;
}

describe('playing on after a pause', () => {
  it('is at the live edge within a second or so', async ({ page }) => {
    await using rig = await startRig([{ video: 'h264', audio: 'adpcm' }], { lingerMs: 20_000 });
    await page.goto(rig.url('/embed/cam0').href);
    await page.waitForSelector(playing);
    await untilYoungerThan(2000, page, rig);
    await page.locator('camgate-player').focus();
    await page.keyboard.press('k');
    await page.waitForSelector('camgate-player[data-state="paused"]');
    await page.waitForTimeout(pauseMs);
    expect(await pictureAge(page, rig)).toBeGreaterThan(pauseMs);
    await page.keyboard.press('k');
    expect(await untilYoungerThan(2000, page, rig)).toBeLessThan(1500);
    await page.waitForSelector(playing);
  });
});
