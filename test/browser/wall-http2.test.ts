import { expect } from 'vitest';
import { FakeCamera, frameOf, jpeg, registryOf } from '../unit/http/fake-camera.ts';
import { serve, serverConfig } from '../unit/http/serve.ts';
import { browserTest } from './gateway/browser-test.ts';
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
