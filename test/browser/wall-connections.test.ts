import { describe, expect } from 'vitest';
import { browserTest, patience, playing } from './gateway/browser-test.ts';
import { idleCamera, liveCamera, lockedCamera } from './gateway/canned-status.ts';
import { LiveStream } from './gateway/live-stream.ts';
import type { Visit } from './gateway/visit.ts';

const it = browserTest();

function askedCount({ gateway }: Visit, path: string): number {
  return gateway.requested.filter((requested) => requested === path).length;
}

describe('a wall over HTTP/1.1', () => {
  it('plays as many cameras as connections carry, and calls no wait an outage', async ({
    visit,
  }) => {
    const { gateway, page } = visit;
    const stream = new LiveStream();
    stream.start();
    for (let index = 0; index < 20; index++) {
      gateway.add(liveCamera(`c${index}`, `Camera ${index}`), visit.pictures, stream);
    }
    await page.goto(visit.url);
    await page.locator('camera-tile').nth(19).waitFor();
    await page.evaluate(() => {
      const said = new Set<string>();
      Object.assign(globalThis, { said });
      const look = (): void => {
        if (document.querySelector<HTMLElement>('#banner')?.hidden === false) said.add('banner');
        if (/not reachable/.test(document.body.textContent)) said.add('not reachable');
      };
      new MutationObserver(look).observe(document.body, {
        ...{ subtree: true, childList: true, attributes: true },
      });
      for (const play of document.querySelectorAll<HTMLElement>('.tile-play')) play.click();
    });
    await expect.poll(() => page.locator(playing).count(), patience).toBe(4);
    const waits = page.getByText(/six connections, enough for four.*over HTTPS/);
    expect(await waits.count()).toBe(16);
    // Longer than a request for the states may take.
    const [polls, stills] = [
      askedCount(visit, '/api/cameras'),
      askedCount(visit, '/cameras/c5/snapshot.jpg'),
    ];
    await expect
      .poll(() => askedCount(visit, '/api/cameras') - polls, { ...patience, timeout: 40_000 })
      .toBeGreaterThan(6);
    expect(await page.locator(playing).count()).toBe(4);
    expect(askedCount(visit, '/cameras/c5/snapshot.jpg')).toBeGreaterThan(stills);
    await page.getByRole('button', { name: 'Stop Camera 0', exact: true }).click();
    await page.locator('camera-tile').nth(4).locator(playing).waitFor();
    expect(await waits.count()).toBe(15);
    const said = await page.evaluate(() => [
      ...(globalThis as unknown as { said: Set<string> }).said,
    ]);
    expect(said).toEqual([]);
    expect(gateway.requested.filter((path) => path.startsWith('/api/cameras/'))).toEqual([]);
    expect(visit.redLines).toEqual([]);
  });

  it('says that it may be the browser that waits, when nothing comes at all', async ({ visit }) => {
    const { page } = visit;
    visit.gateway.add(liveCamera('front', 'Front door'), visit.pictures);
    await page.goto(visit.url);
    await page.waitForSelector('.tile-still[data-shown]');
    await page.evaluate(() => {
      for (let index = 0; index < 6; index++) {
        const image = document.createElement('img');
        image.className = 'hog';
        image.src = `/cameras/front/stream.mjpg?${index}`; // else one stream for all
        document.body.append(image);
      }
    });
    await page.getByText('no answer yet', { exact: true }).waitFor({ timeout: 40_000 });
    const banner = await page.locator('#banner').textContent();
    expect(banner).toMatch(/all connections of this browser to it are in use/);
    expect(banner).not.toContain('not reachable');
    await page.evaluate(() =>
      document.querySelectorAll('.hog').forEach((hog) => hog.removeAttribute('src')),
    );
    await page.locator('#banner').waitFor({ state: 'hidden', timeout: 40_000 });
  });

  it('asks for the states every five seconds when nothing happens', async ({ visit }) => {
    for (let index = 0; index < 30; index++) {
      visit.gateway.add(liveCamera(`c${index}`, `Camera ${index}`), visit.pictures);
    }
    visit.gateway.add(idleCamera('roof', 'Roof, out of sight'), visit.pictures);
    await visit.page.goto(visit.url);
    await visit.page.waitForSelector('.tile-still[data-shown]');
    const polls = (): number => askedCount(visit, '/api/cameras');
    const first = polls();
    await expect.poll(polls, patience).toBe(first + 1);
    const startMs = performance.now();
    await expect.poll(polls, patience).toBe(first + 3);
    expect(performance.now() - startMs).toBeGreaterThan(9500);
  });

  it('leaves no red line in the console for a camera that is away', async ({ visit }) => {
    visit.gateway.add(lockedCamera('stairs', 'Stairs'), []);
    await visit.page.goto(visit.url);
    const stills = (): number => askedCount(visit, '/cameras/stairs/snapshot.jpg');
    await expect.poll(stills, patience).toBeGreaterThan(1);
    await visit.page.goto(`${visit.url}/cameras/stairs`);
    await visit.page.waitForSelector('camgate-player[data-state="away"]');
    await expect
      .poll(() => askedCount(visit, '/cameras/stairs/index.m3u8'), patience)
      .toBeGreaterThan(1);
    expect(visit.redLines).toEqual([]);
    expect(visit.complaints).toEqual([]);
  });
});
