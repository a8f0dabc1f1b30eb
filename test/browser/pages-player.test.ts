import { describe, expect } from 'vitest';
import { browserTest, patience, playing } from './gateway/browser-test.ts';
import { awayCamera, connectingCamera, liveCamera } from './gateway/canned-status.ts';

const it = browserTest();

describe('the player', () => {
  it('goes on by itself when a camera that went away is back', async ({ visit }) => {
    const stream = visit.addLive('front', 'Front door');
    await visit.page.goto(`${visit.url}/embed/front`);
    await visit.page.waitForSelector(playing);
    visit.gateway.change(awayCamera('front', 'Front door'));
    await stream.stop();
    await visit.page.waitForSelector('camgate-player[data-state="away"]');
    expect(await visit.page.locator('.player-message').textContent()).toMatch(
      /^the camera went away: no answer, (next try in \d s|trying again)$/,
    );
    stream.start();
    visit.gateway.change(liveCamera('front', 'Front door'));
    const backSince = performance.now();
    await visit.page.waitForSelector(playing);
    // While the camera is known to be away, the next try by itself would be 15 s after the last.
    expect(performance.now() - backSince).toBeLessThan(14_000);
    expect(visit.complaints).toEqual([]);
  });

  it('goes on by itself when the gateway was restarted', async ({ visit }) => {
    visit.addLive('front', 'Front door');
    await visit.page.goto(`${visit.url}/embed/front`);
    await visit.page.waitForSelector(playing);
    visit.gateway.isReachable = false;
    await visit.page.waitForSelector('camgate-player[data-state="unreachable"]');
    await visit.gateway.cameras.get('front')?.live?.dispose();
    visit.addLive('front', 'Front door');
    visit.gateway.isReachable = true;
    await visit.page.waitForSelector(playing);
    const at = (): Promise<number> =>
      visit.page.locator('video').evaluate((video: HTMLVideoElement) => video.currentTime);
    const then = await at();
    await expect.poll(at, patience).toBeGreaterThan(then + 1);
  });

  it('takes play and pause of media keys as those of its buttons', async ({ visit }) => {
    visit.addLive('front', 'Front door');
    await visit.page.addInitScript(() => {
      const handlers: Record<string, MediaSessionActionHandler | null> = {};
      Object.assign(globalThis, { mediaKeys: handlers });
      navigator.mediaSession.setActionHandler = (action, handler) => {
        handlers[action] = handler;
      };
    });
    const press = (action: string): Promise<void> =>
      visit.page.evaluate((name) => {
        const { mediaKeys } = globalThis as unknown as { mediaKeys: Record<string, () => void> };
        mediaKeys[name]?.();
      }, action);
    await visit.page.goto(`${visit.url}/embed/front`);
    await visit.page.waitForSelector(playing);
    await press('pause');
    await visit.page.waitForSelector('camgate-player[data-state="paused"]');
    await press('play');
    await visit.page.waitForSelector(playing);
  });

  it('takes no answer of a proxy for one of the gateway', async ({ visit }) => {
    visit.addLive('front', 'Front door');
    visit.gateway.proxyStatus = 404;
    await visit.page.goto(`${visit.url}/cameras/front`);
    await visit.page.getByText('gateway not reachable, trying again').first().waitFor();
    visit.gateway.proxyStatus = undefined;
    await visit.page.waitForSelector(playing);
    await visit.page.getByRole('heading', { name: 'Front door' }).waitFor();
  });

  it('says that the sound is off, until somebody has turned it on', async ({ visit }) => {
    const stream = visit.addLive('front', 'Front door');
    const status = liveCamera('front', 'Front door');
    const audio = {
      kind: 'audio',
      codec: 'mp4a.40.2',
      sampleRate: 48_000,
      channelCount: 1,
    } as const;
    const tracks = [...status.tracks, audio];
    visit.gateway.add({ ...status, tracks }, visit.pictures, stream);
    await visit.page.goto(`${visit.url}/embed/front`);
    await visit.page.waitForSelector(playing);
    const hint = visit.page.getByRole('button', { name: 'Sound is off' });
    await hint.click();
    await hint.waitFor({ state: 'hidden' });
    const isMuted = visit.page.locator('video').evaluate((video: HTMLVideoElement) => video.muted);
    expect(await isMuted).toBe(false);
    await visit.page.keyboard.press('m');
    await visit.page.getByRole('button', { name: 'Unmute' }).waitFor();
    expect(await hint.isVisible()).toBe(false);
    expect(visit.complaints).toEqual([]);
  });

  it('falls back to MJPEG where no HLS can be played', async ({ visit }) => {
    visit.addLive('front', 'Front door');
    await visit.page.addInitScript(() => {
      Reflect.deleteProperty(globalThis, 'MediaSource');
      Reflect.deleteProperty(globalThis, 'ManagedMediaSource');
      HTMLMediaElement.prototype.canPlayType = () => '';
    });
    await visit.page.goto(`${visit.url}/embed/front`);
    await visit.page.waitForSelector(playing);
    expect(visit.gateway.requested).toContain('/cameras/front/stream.mjpg');
    const badge = visit.page.locator('.player-badge');
    await expect.poll(() => badge.textContent(), patience).toBe('live');
    const small = visit.page.getByRole('button', { name: 'Picture in picture' });
    expect(await small.count()).toBe(0);
    expect(visit.complaints).toEqual([]);
  });

  it('bears that the browser refuses a window before there is a picture', async ({ visit }) => {
    visit.gateway.add(connectingCamera('front', 'Front door'), []);
    await visit.page.addInitScript(() => {
      const { prototype } = HTMLVideoElement;
      const request = Reflect.get(prototype, 'requestPictureInPicture') as () => Promise<never>;
      prototype.requestPictureInPicture = function () {
        // Later than the browser tells of a refusal that nobody takes.
        setTimeout(() => (document.title = 'asked'), 50);
        return request.call(this);
      };
    });
    await visit.page.goto(`${visit.url}/embed/front`);
    const small = visit.page.getByRole('button', { name: 'Picture in picture' });
    await small.click();
    await expect.poll(() => visit.page.title(), patience).toBe('asked');
    expect(visit.complaints).toEqual([]);
  });

  it('says in the frame too that there is no such camera', async ({ visit }) => {
    await visit.page.goto(`${visit.url}/embed/nowhere`);
    await visit.page.waitForSelector('camgate-player[data-state="unknown"]');
    expect(await visit.page.locator('.player-message').textContent()).toBe(
      'there is no camera with this name',
    );
  });
});
