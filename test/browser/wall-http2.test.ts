import { expect } from 'vitest';
import { startRig } from '../integration/gateway/rig.ts';
import { FakeCamera, frameOf, jpeg, registryOf } from '../unit/http/fake-camera.ts';
import { serve, serverConfig } from '../unit/http/serve.ts';
import { browserTest, patience, playing } from './gateway/browser-test.ts';
import { keyFiles } from './gateway/key-files.ts';

const cameraCount = 12;
const it = browserTest(['--ignore-certificate-errors']);

it('shows twelve streams at once over one HTTP/2 connection', async ({ page }) => {
  await using tls = await keyFiles();
  const cameras = Array.from({ length: cameraCount }, (_, index) => new FakeCamera(`c${index}`));
  await using server = await serve(registryOf(...cameras), { config: { ...serverConfig, tls } });
  const frames = setInterval(() => {
    for (const camera of cameras) camera.show(frameOf(jpeg));
  }, 100);
  try {
    await page.goto(new URL('/healthz', server.url).href);
    const shown = await page.evaluate(async (count) => {
      const images = Array.from({ length: count }, (_, index) => {
        const image = new Image();
        image.src = `/cameras/c${index}/stream.mjpg`;
        document.body.append(image);
        return image;
      });
      const endMs = performance.now() + 20_000;
      while (images.some(({ naturalWidth }) => naturalWidth === 0) && performance.now() < endMs) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return images.filter(({ naturalWidth }) => naturalWidth > 0).length;
    }, cameraCount);
    expect(shown).toBe(cameraCount);
    // All of them still run while the thirteenth request is answered.
    for (const camera of cameras) expect(camera.viewers.count('mjpeg')).toBe(1);
    const protocol = await page.evaluate(async () => {
      await (await fetch('/api/cameras')).json();
      const [entry] = performance.getEntriesByName(new URL('/api/cameras', location.href).href);
      return (entry as PerformanceResourceTiming).nextHopProtocol;
    });
    expect(protocol).toBe('h2');
  } finally {
    clearInterval(frames);
    await page.close();
  }
});

it('plays more cameras than a browser has connections for HTTP/1.1', async ({ page }) => {
  await using tls = await keyFiles();
  const cameras = Array.from({ length: 6 }, () => ({ video: 'h264', audio: 'none' }) as const);
  await using rig = await startRig(cameras, {}, { tls });
  await page.goto(rig.url('/').href);
  await page.locator('camera-tile').nth(5).waitFor();
  await page.evaluate(() => {
    for (const play of document.querySelectorAll<HTMLElement>('.tile-play')) play.click();
  });
  await expect.poll(() => page.locator(playing).count(), patience).toBe(6);
  await page.close();
});
