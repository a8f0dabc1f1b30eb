import type { Route } from 'playwright-core';
import { describe, expect } from 'vitest';
import { browserTest, patience, playing } from './gateway/browser-test.ts';
import {
  connectingCamera,
  idleCamera,
  liveCamera,
  lockedCamera,
  staleCamera,
} from './gateway/canned-status.ts';
import type { CannedGateway } from './gateway/canned-gateway.ts';
import type { Visit } from './gateway/visit.ts';

const it = browserTest();

const tileWords = ({ page }: Visit, index: number): Promise<string | null> =>
  page.locator('camera-tile .state-words').nth(index).textContent();

describe('the wall', () => {
  it('says the state of every camera in words that tick', async ({ visit }) => {
    visit.gateway.add(liveCamera('front', 'Front door'), visit.pictures);
    visit.gateway.add(staleCamera('yard', 'Yard'), visit.pictures);
    visit.gateway.add(lockedCamera('stairs', 'Stairs'), []);
    visit.gateway.add(connectingCamera('cellar', 'Cellar'), []);
    visit.gateway.add(idleCamera('roof', 'Roof'), visit.pictures);
    const openedMs = performance.now();
    await visit.page.goto(visit.url);
    await visit.page.locator('camera-tile').nth(4).waitFor();
    expect(await tileWords(visit, 0)).toBe('live');
    const stale = /^stale for (\d+) s$/.exec((await tileWords(visit, 1)) ?? '')?.[1];
    const locked = /^offline: wrong password, next try in 2 min (\d+) s$/;
    const retry = locked.exec((await tileWords(visit, 2)) ?? '')?.[1];
    const passedSeconds = (performance.now() - openedMs) / 1000;
    expect(Number(stale)).toBeGreaterThanOrEqual(11);
    expect(Number(stale)).toBeLessThanOrEqual(12 + passedSeconds);
    expect(Number(retry)).toBeLessThanOrEqual(40);
    expect(Number(retry)).toBeGreaterThanOrEqual(39 - passedSeconds);
    expect(await tileWords(visit, 3)).toBe('connecting');
    // It is being watched, though the gateway does not know that yet.
    await expect.poll(() => tileWords(visit, 4), patience).toBe('connecting');
    await expect
      .poll(() => visit.page.locator('#summary').textContent(), patience)
      .toBe('5 cameras: 1 live, 2 connecting, 1 stale, 1 offline');
    const advice = visit.page.getByText('Correct the user name or the password');
    expect(await advice.isVisible()).toBe(true);
    expect(visit.complaints).toEqual([]);
  });

  it('shows pictures that change, and asks for none out of sight', async ({ visit }) => {
    for (let index = 0; index < 30; index++) {
      visit.gateway.add(liveCamera(`camera${index}`, `Camera ${index}`), visit.pictures);
    }
    await visit.page.goto(visit.url);
    const still = visit.page.locator('.tile-still').first();
    await expect.poll(() => still.getAttribute('src'), patience).toMatch(/^blob:/);
    const first = await still.getAttribute('src');
    await expect.poll(() => still.getAttribute('src'), patience).not.toBe(first);
    expect(visit.gateway.requested).not.toContain('/cameras/camera29/snapshot.jpg');
    await visit.page.locator('camera-tile').nth(29).scrollIntoViewIfNeeded();
    await expect
      .poll(() => visit.gateway.requested, patience)
      .toContain('/cameras/camera29/snapshot.jpg');
    expect(visit.complaints).toEqual([]);
  });

  it('shows how old a picture is, and dims it when it is old', async ({ visit }) => {
    visit.gateway.add(liveCamera('front', 'Front door'), visit.pictures);
    const slow = { ...liveCamera('yard', 'Yard'), lastFrameAgeSeconds: 14.2 };
    visit.gateway.add(slow, visit.pictures.slice(0, 1));
    await visit.page.goto(visit.url);
    const age = visit.page.locator('.tile-age');
    await expect.poll(() => age.nth(0).textContent(), patience).toMatch(/^[0-3] s ago$/);
    await expect.poll(() => age.nth(1).textContent(), patience).toMatch(/^(1[5-9]|2\d) s ago$/);
    const opacity = (index: number): Promise<number> =>
      visit.page
        .locator('.tile-still')
        .nth(index)
        .evaluate((still) => Number(getComputedStyle(still).opacity));
    await expect.poll(() => opacity(1), patience).toBeLessThan(0.5);
    expect(await opacity(0)).toBe(1);
  });

  it('does not count the page itself among the viewers', async ({ visit }) => {
    const stream = visit.addLive('front', 'Front door');
    const viewers = { hls: 2, mjpeg: 0, snapshot: 1 };
    visit.gateway.add({ ...liveCamera('front', 'Front door'), viewers }, visit.pictures, stream);
    await visit.page.goto(visit.url);
    const shown = visit.page.locator('.tile-viewers');
    await expect.poll(() => shown.textContent(), patience).toBe('2 other viewers');
    await visit.page.locator('.tile-play').click();
    await visit.page.waitForSelector(playing);
    await expect.poll(() => shown.textContent(), patience).toBe('1 other viewer');
  });

  it('plays a camera in its place by keyboard alone, and stops with Escape', async ({ visit }) => {
    visit.addLive('front', 'Front door');
    visit.gateway.add(liveCamera('yard', 'Yard'), visit.pictures);
    await visit.page.goto(visit.url);
    await visit.page.locator('camera-tile').nth(1).waitFor();
    await visit.page.locator('.tile-play').nth(1).focus();
    await visit.page.keyboard.press('ArrowLeft');
    const focused = (): Promise<string | null> =>
      visit.page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? null);
    expect(await focused()).toBe('Play Front door here');
    await visit.page.keyboard.press('Enter');
    await visit.page.waitForSelector(playing);
    expect(await focused()).toBe('Player of Front door');
    await visit.page.keyboard.press('Escape');
    expect(await visit.page.locator('camgate-player').count()).toBe(0);
    expect(await focused()).toBe('Play Front door here');
    expect(visit.complaints).toEqual([]);
  });

  it('brings one player for two clicks', async ({ visit }) => {
    visit.addLive('front', 'Front door');
    const asked = new Promise<Route>((resolve) => {
      void visit.page.route('**/player/camgate-player.js', resolve);
    });
    await visit.page.goto(visit.url);
    await visit.page.locator('.tile-play').dblclick();
    await (await asked).continue();
    await visit.page.waitForSelector(playing);
    expect(await visit.page.locator('camgate-player').count()).toBe(1);
  });

  it('leaves keys with a modifier to the browser', async ({ visit }) => {
    visit.gateway.add(liveCamera('front', 'Front door'), visit.pictures);
    visit.gateway.add(liveCamera('yard', 'Yard'), visit.pictures);
    await visit.page.goto(visit.url);
    const yard = visit.page.getByRole('button', { name: 'Play Yard here' });
    await yard.focus();
    for (const key of ['Alt+ArrowLeft', 'Control+Home', 'Meta+ArrowLeft']) {
      await visit.page.keyboard.press(key);
      expect(await yard.evaluate((button) => button === document.activeElement)).toBe(true);
    }
  });

  it('shows the whole of a name that is cut off, under the pointer', async ({ visit }) => {
    const long = 'The staircase behind the door that is never locked, seen from above';
    visit.gateway.add(liveCamera('front', 'Front door'), visit.pictures);
    visit.gateway.add(liveCamera('stairs', long), visit.pictures);
    await visit.page.goto(visit.url);
    for (const [name, title] of [
      ['Front door', ''],
      [long, long],
    ] as const) {
      const link = visit.page.getByRole('link', { name });
      await link.hover({ position: { x: 5, y: 5 } });
      await expect.poll(() => link.getAttribute('title'), patience).toBe(title);
    }
  });

  it('says when there is no camera', async ({ visit }) => {
    await visit.page.goto(visit.url);
    await visit.page.getByRole('heading', { name: 'No cameras yet' }).waitFor();
    expect(await visit.page.locator('#loading').isVisible()).toBe(false);
  });

  const losses: [string, Partial<CannedGateway>, Partial<CannedGateway>][] = [
    ['the gateway is gone', { isReachable: false }, { isReachable: true }],
    ['a proxy asks for a login', { proxyStatus: 401 }, { proxyStatus: undefined }],
    ['a proxy has lost the gateway', { proxyStatus: 404 }, { proxyStatus: undefined }],
  ];
  it.for(losses)('says when %s, and goes on when it is back', async ([, gone, back], { visit }) => {
    visit.gateway.add(liveCamera('front', 'Front door'), visit.pictures);
    await visit.page.goto(visit.url);
    await visit.page.locator('camera-tile').waitFor();
    Object.assign(visit.gateway, gone);
    const banner = visit.page.getByText(/Gateway not reachable, trying again (now|in \d+ s)/);
    await banner.waitFor();
    expect(await visit.page.getByRole('alert').ariaSnapshot()).toBe(
      '- alert: Gateway not reachable, trying again',
    );
    expect(await tileWords(visit, 0)).toBe('gateway not reachable, trying again');
    const summary = visit.page.getByRole('status');
    expect(await summary.textContent()).toBe('1 camera: state unknown');
    expect(await visit.page.title()).toBe('1 camera: state unknown · camgate');
    Object.assign(visit.gateway, back);
    await banner.waitFor({ state: 'hidden' });
    await expect.poll(() => tileWords(visit, 0), patience).toBe('live');
    expect(await summary.textContent()).toBe('1 camera: 1 live');
  });
});
