import { describe, expect } from 'vitest';
import { browserTest, patience, playing } from './gateway/browser-test.ts';
import { lockedCamera } from './gateway/canned-status.ts';

const it = browserTest();

describe('the camera page', () => {
  it('plays near the live edge and tells about the camera', async ({ visit }) => {
    visit.addLive('front', 'Front door');
    await visit.page.goto(`${visit.url}/cameras/front`);
    await visit.page.waitForSelector(playing);
    expect(await visit.page.title()).toBe('Front door · camgate');
    const badge = visit.page.locator('.player-badge');
    await expect.poll(() => badge.textContent(), patience).toMatch(/^live \d\.\d s$/);
    const details = visit.page.locator('#details');
    await expect
      .poll(() => details.textContent(), patience)
      .toContain('H.264 640 × 360, 15 frames/s');
    await expect.poll(() => details.textContent(), patience).toContain('LL-HLS');
    const embed = visit.page.getByLabel('Embed code', { exact: true });
    expect(await embed.inputValue()).toContain(`<iframe src="${visit.url}/embed/front"`);
    const playlist = visit.page.getByLabel('HLS playlist', { exact: true });
    expect(await playlist.inputValue()).toBe(`${visit.url}/cameras/front/index.m3u8`);
    await visit.page.getByRole('group', { name: 'Player of Front door' }).waitFor();
    await visit.page.getByRole('link', { name: 'Download a snapshot of Front door' }).waitFor();
    expect(visit.complaints).toEqual([]);
  });

  it('is used by keyboard', async ({ visit }) => {
    visit.addLive('front', 'Front door');
    await visit.page.goto(`${visit.url}/cameras/front`);
    await visit.page.waitForSelector(playing);
    await visit.page.keyboard.press('k'); // nothing has the focus
    await visit.page.waitForSelector('camgate-player[data-state="paused"]');
    await visit.page.locator('camgate-player').focus();
    await visit.page.keyboard.press('Space');
    await visit.page.waitForSelector(playing);
    const isMuted = (): Promise<boolean> =>
      visit.page.locator('video').evaluate((video: HTMLVideoElement) => video.muted);
    expect(await isMuted()).toBe(true);
    await visit.page.keyboard.press('m');
    expect(await isMuted()).toBe(false);
    await visit.page.keyboard.press('f');
    await visit.page.waitForFunction(
      () => document.fullscreenElement?.localName === 'camgate-player',
    );
  });

  it('leaves keys to what has the focus', async ({ visit }) => {
    visit.addLive('front', 'Front door');
    await visit.page.goto(`${visit.url}/cameras/front`);
    await visit.page.waitForSelector(playing);
    const isPaused = (): Promise<boolean> =>
      visit.page.locator('video').evaluate((video: HTMLVideoElement) => video.paused);
    await visit.page.getByLabel('Embed code', { exact: true }).focus();
    await visit.page.keyboard.press('k');
    expect(await isPaused()).toBe(false);
    await visit.page.getByRole('button', { name: 'Copy Embed code' }).focus();
    await visit.page.keyboard.press('Space');
    await visit.page.keyboard.press('Control+k');
    expect(await isPaused()).toBe(false);
    await visit.page.keyboard.press('k');
    expect(await isPaused()).toBe(true);
    await visit.page.waitForSelector('camgate-player[data-state="paused"]');
  });

  it('explains a camera that refuses instead of spinning', async ({ visit }) => {
    visit.gateway.add(lockedCamera('stairs', 'Stairs'), []);
    await visit.page.goto(`${visit.url}/cameras/stairs`);
    await visit.page.waitForSelector('camgate-player[data-state="away"]');
    expect(await visit.page.locator('.player-message').textContent()).toMatch(
      /^offline: wrong password, next try in 2 min/,
    );
    expect(await visit.page.locator('#problem').textContent()).toContain('Correct the user name');
    expect(visit.complaints).toEqual([]);
  });

  it('has an offline camera tried now, and says why not', async ({ visit }) => {
    const { gateway, page } = visit;
    const status = lockedCamera('stairs', 'Stairs');
    gateway.add(status, []);
    await page.goto(`${visit.url}/cameras/stairs`);
    const button = page.getByRole('button', { name: 'Try now' });
    await button.click();
    await expect.poll(() => gateway.retried, patience).toEqual(['stairs']);
    gateway.retryProblem = 'Camera stairs has just refused this password.';
    await button.click();
    const answer = page.locator('#retry-answer');
    await expect.poll(() => answer.textContent(), patience).toBe(gateway.retryProblem);
    gateway.change({ ...status, state: 'connecting', nextRetrySeconds: null, nextRetryAt: null });
    await button.waitFor({ state: 'hidden' });
    await expect.poll(() => answer.textContent(), patience).toBe('');
  });

  it('says plainly that there is no such camera', async ({ visit }) => {
    await visit.page.goto(`${visit.url}/cameras/nowhere`);
    await visit.page.getByRole('heading', { name: 'No such camera' }).waitFor();
    expect(await visit.page.locator('camgate-player').count()).toBe(0);
    expect(visit.complaints).toEqual([]);
  });
});
