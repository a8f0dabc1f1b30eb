import type { Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { startRig, type Rig } from '../integration/gateway/rig.ts';
import {
  startPageServer,
  type HlsJsVersion,
  type PageServer,
} from '../players/browser/page-server.ts';
import { takeNews } from '../players/browser/page-watch.ts';
import { browserTest, patience } from './gateway/browser-test.ts';
import { keyFiles } from './gateway/key-files.ts';
import { pictureAge } from './gateway/picture-age.ts';
import { playsOn } from './gateway/played-seconds.ts';
import { shownFrame } from './gateway/shown-frame.ts';

const it = browserTest(['--ignore-certificate-errors']);

/** Opens hls.js as anybody would use it, in a page of another origin. */
async function open(
  page: Page,
  server: PageServer,
  source: URL,
  version: HlsJsVersion = 'newest',
): Promise<void> {
  const address = new URL('/hls-js.html', server.url);
  const settings = { src: source.href, lowLatency: 'true', version };
  address.search = new URLSearchParams(settings).toString();
  await page.goto(address.href);
  await expect.poll(() => shownFrame(page), patience).toBeTypeOf('number');
}

async function fatalErrors(page: Page): Promise<string[]> {
  const { complaints } = await page.evaluate(takeNews);
  return complaints.filter((complaint) => complaint.startsWith('fatal'));
}

async function mediaPlaylist(rig: Rig): Promise<string> {
  const index = rig.url('/cameras/cam0/index.m3u8');
  const uri = (await (await fetch(index)).text()).split('\n').find((line) => /^hls/.test(line));
  return (await fetch(new URL(uri ?? '', index))).text();
}

/** Addresses of what the page is sent from now on, with the protocol that brought it. */
async function noteAnswers(page: Page): Promise<{ path: string; protocol: string }[]> {
  const answers: { path: string; protocol: string }[] = [];
  const session = await page.context().newCDPSession(page);
  session.on('Network.responseReceived', ({ response: { url, protocol = '' } }) => {
    const { pathname, search } = new URL(url);
    if (pathname.startsWith('/cameras/')) answers.push({ path: pathname + search, protocol });
  });
  await session.send('Network.enable');
  return answers;
}

describe('plain hls.js in a page of another origin', () => {
  it.for(['classic', 'ts'])('plays %s/index.m3u8 on after a reset', async (rendition, { page }) => {
    await using server = await startPageServer('');
    await using rig = await startRig([{ video: 'h264', audio: 'adpcm' }]);
    await open(page, server, rig.url(`/cameras/cam0/${rendition}/index.m3u8`));
    await playsOn(page, 6);
    await rig.camera.faults.switchOn({ kind: 'reset' });
    await playsOn(page, 4, 15_000);
    expect(rig.camera.journal.mostOpenStreams).toBe(1);
    expect(await fatalErrors(page)).toEqual([]);
  });

  it('plays an outage and what comes when it leaves the list, in older versions', async ({
    browser,
  }) => {
    await using server = await startPageServer('');
    await using rig = await startRig([{ video: 'h264', audio: 'adpcm', hls: { segmentCount: 3 } }]);
    const play = async (version: HlsJsVersion): Promise<Page> => {
      const page = await (await browser.newContext()).newPage();
      await open(page, server, rig.url('/cameras/cam0/index.m3u8'), version);
      await playsOn(page, 2);
      return page;
    };
    const pages = await Promise.all([play('1.6.2'), play('1.6.13')]);
    await rig.camera.faults.switchOn({ kind: 'reset' });
    // 1.6 finds fault with its numbers only when EXT-X-DISCONTINUITY-SEQUENCE has counted the tag.
    await Promise.all(pages.map((page) => playsOn(page, 10, 15_000)));
    expect(await mediaPlaylist(rig)).toContain('#EXT-X-DISCONTINUITY-SEQUENCE:1\n');
    for (const page of pages) {
      expect(await fatalErrors(page)).toEqual([]);
      await page.context().close();
    }
  });

  it('plays parts with little delay over HTTP/2', async ({ page }) => {
    await using tls = await keyFiles();
    await using server = await startPageServer('');
    await using rig = await startRig([{ video: 'h264', audio: 'adpcm' }], {}, { tls });
    const answers = await noteAnswers(page);
    await open(page, server, rig.url('/cameras/cam0/index.m3u8'));
    await playsOn(page, 6);
    await expect.poll(() => pictureAge(page, rig), patience).toBeLessThan(2000);
    expect(new Set(answers.map(({ protocol }) => protocol))).toEqual(new Set(['h2']));
    const requested = answers.map(({ path }) => path);
    expect(requested.filter((path) => /\/part-\d+\.m4s$/.test(path)).length).toBeGreaterThan(20);
    expect(requested.filter((path) => path.includes('_HLS_part=')).length).toBeGreaterThan(20);
    expect(await fatalErrors(page)).toEqual([]);
  });
});
