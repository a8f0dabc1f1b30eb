import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { makeKeyPair } from '../key-pairs.ts';
import { FakeCamera, frameOf, jpeg, registryOf } from '../unit/http/fake-camera.ts';
import { serve, serverConfig } from '../unit/http/serve.ts';
import { browserTest } from './gateway/browser-test.ts';

const cameraCount = 12;
const it = browserTest(['--ignore-certificate-errors']);

it('shows twelve streams at once over one HTTP/2 connection', async ({ page }) => {
  const folder = mkdtempSync(join(tmpdir(), 'camgate-wall-'));
  const { certificate, key } = makeKeyPair();
  const tls = { certificatePath: join(folder, 'tls.crt'), keyPath: join(folder, 'tls.key') };
  writeFileSync(tls.certificatePath, certificate);
  writeFileSync(tls.keyPath, key);
  const cameras = Array.from({ length: cameraCount }, (_, index) => new FakeCamera(`c${index}`));
  const server = await serve(registryOf(...cameras), { config: { ...serverConfig, tls } });
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
    await server[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  }
});
