import type { Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { startNginxBelow } from '../edges/nginx.ts';
import { startRig, type Rig } from '../integration/gateway/rig.ts';
import { canUse } from '../programs.ts';
import { browserTest, patience, playing } from './gateway/browser-test.ts';

const it = browserTest();
const camera = { video: 'h264', audio: 'none' } as const;

/** What the page asked for outside of this address, and what was not there. */
function watchRequests(page: Page, home: string): string[] {
  const strays: string[] = [];
  page.on('response', (response) => {
    const url = response.url();
    if (!url.startsWith(home) && !url.startsWith('blob:')) strays.push(`outside: ${url}`);
    const isPage = response.request().resourceType() === 'document' || url.includes('cameras/none');
    if (response.status() === 404 && !isPage) strays.push(`not there: ${url}`);
  });
  return strays;
}

/** Styles arrive too. */
async function isStyled(page: Page): Promise<boolean> {
  return page.evaluate(() => {
    const family = getComputedStyle(document.body).fontFamily;
    return !/^"?Times/.test(family) && document.styleSheets.length > 0;
  });
}

async function copied(page: Page, label: string): Promise<string> {
  return page.getByLabel(label, { exact: true }).inputValue();
}

describe.runIf(canUse('nginx', 'nginx'))('below a path of nginx', () => {
  const places = ['/cams/', '/home/ground-floor/cams/'];

  it.for(places)('the wall, the player and the API work: %s', async (path, { page }) => {
    await using rig = await startRig([camera]);
    await using edge = await startNginxBelow(path, rig.gateway.url);
    const strays = watchRequests(page, edge.url.href);
    await page.goto(edge.url.href);
    await page.waitForSelector('.tile-still[data-shown]');
    expect(await isStyled(page)).toBe(true);
    await page.locator('.tile-play').click();
    await page.waitForSelector(playing);
    await page.getByRole('link', { name: 'cam0', exact: true }).click();
    await page.waitForSelector(playing);
    expect(page.url()).toBe(`${edge.url.href}cameras/cam0`);
    expect(await copied(page, 'HLS playlist')).toBe(`${edge.url.href}cameras/cam0/index.m3u8`);
    expect(await copied(page, 'Embed code')).toContain(`src="${edge.url.href}embed/cam0"`);
    await page.getByRole('link', { name: 'camgate, all cameras' }).click();
    await page.waitForSelector('camera-tile');
    expect(page.url()).toBe(edge.url.href);
    expect(strays).toEqual([]);
  });

  it('with and without a slash at the end', async ({ page }) => {
    await using rig = await startRig([camera]);
    await using edge = await startNginxBelow('/cams/', rig.gateway.url);
    const strays = watchRequests(page, edge.url.href.slice(0, -1));
    for (const [address, shown] of [
      ['', 'camera-tile'],
      ['cameras', 'camera-tile'],
      ['cameras/', 'camera-tile'],
      ['cameras/cam0/', playing],
      ['embed/cam0', playing],
      ['embed/cam0/', playing],
    ] as const) {
      const home = address === '' ? edge.url.href.slice(0, -1) : edge.url.href;
      await page.goto(home + address);
      await page.waitForSelector(shown);
      expect(await isStyled(page), address).toBe(true);
    }
    expect(strays).toEqual([]);
  });

  it('addresses that lead nowhere lead back', async ({ page }) => {
    await using rig = await startRig([camera]);
    await using edge = await startNginxBelow('/cams/', rig.gateway.url);
    const strays = watchRequests(page, edge.url.href);
    for (const lost of ['nowhere', 'no/such/path', 'no/such/path/', 'cameras/none', 'embed/']) {
      await page.goto(edge.url.href + lost);
      expect(await isStyled(page), lost).toBe(true);
      await page.getByRole('link', { name: 'See all cameras' }).click();
      await page.waitForSelector('camera-tile');
      expect(page.url(), lost).toBe(edge.url.href);
    }
    expect(strays).toEqual([]);
  });

  it('codes to copy begin with the public address', async ({ page }) => {
    const options = { publicUrl: 'https://example.com/front&back/cams/' };
    await using rig: Rig = await startRig([camera], {}, options);
    await using edge = await startNginxBelow('/cams/', rig.gateway.url);
    await page.goto(`${edge.url.href}cameras/cam0`);
    await page.waitForSelector(playing, patience);
    const snapshot = 'https://example.com/front&back/cams/cameras/cam0/snapshot.jpg';
    expect(await copied(page, 'Snapshot')).toBe(snapshot);
    expect(await copied(page, 'Embed code')).toContain(
      '"https://example.com/front&back/cams/embed/',
    );
  });
});
