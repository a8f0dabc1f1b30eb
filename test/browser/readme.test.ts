import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'vitest';
import { startRig } from '../integration/gateway/rig.ts';
import { browserTest, patience } from './gateway/browser-test.ts';

const it = browserTest();
const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

it('plays with hls.js in a page of another origin, by the README and without the internet', async ({
  page,
}) => {
  const example = /```html\n(<video[^]*?)```/.exec(readme)?.[1] ?? '';
  await using rig = await startRig([{ video: 'h264', audio: 'none' }]);
  const gateway = rig.url('/').host;
  const html = example
    .replaceAll('camgate:8080', gateway)
    .replaceAll('/cameras/front/', '/cameras/cam0/');
  const elsewhere = createServer((_request, response) => {
    response.setHeader('Content-Type', 'text/html').end(`<!doctype html>${html}`);
  });
  await once(elsewhere.listen(0, '127.0.0.1'), 'listening');
  const { host } = new URL(`http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`);
  const strangers = new Set<string>();
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && url.host !== gateway && url.host !== host) {
      strangers.add(url.host);
    }
  });
  try {
    await page.goto(`http://${host}/`);
    const time = (): Promise<number> =>
      page.locator('video').evaluate((video: HTMLVideoElement) => video.currentTime);
    await expect.poll(time, patience).toBeGreaterThan(2);
    expect([...strangers]).toEqual([]);
  } finally {
    await page.close();
    elsewhere.close();
  }
});
