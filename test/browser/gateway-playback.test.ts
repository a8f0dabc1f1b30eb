import type { Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { Heartbeat } from '../heartbeat.ts';
import { startRig, type Rig, type SimulatedCamera } from '../integration/gateway/rig.ts';
import { browserTest, playing } from './gateway/browser-test.ts';

/** How long a player has to be at the live edge again after a fault, in milliseconds. */
const recoveryMs = 10_000;

const it = browserTest();

async function currentTime(page: Page): Promise<number> {
  return page.locator('video').evaluate((video: HTMLVideoElement) => video.currentTime);
}

/** Opens the player on the first camera. The page is never reloaded after that. */
async function watch(page: Page, rig: Rig): Promise<void> {
  await page.goto(rig.url('/embed/cam0').href);
  await page.waitForSelector(playing);
}

/** Runs in the page: what its video has shown, jumps to the live edge left out. */
function secondsPlayed(): number {
  const played = document.querySelector('video')?.played;
  let seconds = 0;
  for (let index = 0; index < (played?.length ?? 0); index++) {
    seconds += (played?.end(index) ?? 0) - (played?.start(index) ?? 0);
  }
  return seconds;
}

function stallCount(page: Page): Promise<number | undefined> {
  return page
    .locator('camgate-player')
    .evaluate(
      (player: HTMLElement & { stats?: { stallCount: number } }) => player.stats?.stallCount,
    );
}

async function playsOn(page: Page, seconds: number): Promise<void> {
  const before = await currentTime(page);
  await expect
    .poll(() => currentTime(page), { timeout: recoveryMs })
    .toBeGreaterThan(before + seconds);
}

const kinds: readonly (readonly [string, SimulatedCamera])[] = [
  ['H.264 with sound', { video: 'h264', audio: 'adpcm' }],
  ['MJPEG in ASF with sound', { video: 'mjpeg', audio: 'adpcm', profile: 'soso' }],
  ['videostream.cgi', { video: 'mjpeg', audio: 'none', profile: 'foscam' }],
];
const watchSeconds = 30;

describe('a real player on the gateway', () => {
  it.for(kinds)('plays %s for 30 s without a stall', async ([, camera], { page }) => {
    await using rig = await startRig([camera]);
    await watch(page, rig);
    const heartbeat = new Heartbeat();
    await expect
      .poll(() => page.evaluate(secondsPlayed), { timeout: 2000 * watchSeconds })
      .toBeGreaterThan(watchSeconds);
    // On a machine that does not run the gateway for a tenth of a second, a player has nothing to play.
    expect(await stallCount(page)).toBeLessThanOrEqual(heartbeat.lostMs / 100);
    heartbeat.stop();
  });

  it('goes on after a reset of the connection', async ({ page }) => {
    await using rig = await startRig([{ video: 'h264', audio: 'adpcm' }]);
    await watch(page, rig);
    await rig.camera.faults.switchOn({ kind: 'reset' });
    await playsOn(page, 4);
    expect(rig.camera.journal.mostOpenStreams).toBe(1);
  });

  it('goes on with another size', async ({ page }) => {
    await using rig = await startRig([{ video: 'h264', audio: 'adpcm' }]);
    await watch(page, rig);
    await rig.camera.faults.switchOn({ kind: 'resolution', width: 320, height: 240 });
    const width = (): Promise<number> =>
      page.locator('video').evaluate((video: HTMLVideoElement) => video.videoWidth);
    await expect.poll(width, { timeout: recoveryMs }).toBe(320);
    await playsOn(page, 2);
  });

  it('goes on after a stall of the camera', async ({ page }) => {
    await using rig = await startRig([{ video: 'h264', audio: 'none' }]);
    await watch(page, rig);
    await rig.camera.faults.switchOn({ kind: 'stall' });
    await expect
      .poll(async () => (await rig.status()).reason, { timeout: recoveryMs })
      .toBe('stalled');
    await rig.camera.faults.clear();
    await playsOn(page, 2);
  });

  it('goes on after its ffmpeg was killed', async ({ page }) => {
    await using rig = await startRig([{ video: 'h264', audio: 'adpcm' }]);
    await watch(page, rig);
    const child = rig.gateway.cameras.find('cam0')?.counters().ffmpegChildren[0];
    expect(child).toBeDefined();
    if (child) process.kill(child.pid, 'SIGKILL');
    await playsOn(page, 4);
  });
});
