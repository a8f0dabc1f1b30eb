import type { Page } from 'playwright-core';
import { readStrip, stripCellCount } from '../../../src/simulator/streams/frame-strip.ts';
import { launchChromium } from '../../browser/gateway/browser.ts';
import { startPageServer, type PageServer } from './page-server.ts';
import { takeNews, watchVideo, type PageNews } from './page-watch.ts';
import type { Observer, Player } from '../player.ts';
import { setTimeout as wait } from 'node:timers/promises';

export interface BrowserPlayerOptions {
  readonly name: string;
  /** File in pages/. */
  readonly page: string;
  /** What the page reads from its address besides `src`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Folder with node_modules of the players that are no dependencies of camgate. */
  readonly packages: string;
}

const pollMs = 500;
const openTimeoutMs = 20_000;

/** A player in a page of real Chromium. */
export function browserPlayer(options: BrowserPlayerOptions): Player {
  return {
    name: options.name,
    version: async () => {
      await using server = await startPageServer(options.packages);
      const browser = await launchChromium();
      try {
        const page = await browser.newPage();
        await page.goto(addressOf(options, server).href);
        return await page.evaluate<string>('version');
      } finally {
        await browser.close();
      }
    },
    open: async (url, observer) => {
      const server = await startPageServer(options.packages);
      const browser = await launchChromium();
      const page = await browser.newPage();
      await listen(page, observer);
      const address = addressOf(options, server, { src: url.href });
      observer.asked();
      await page.goto(address.href, { timeout: openTimeoutMs });
      const watching = page.evaluate(watchVideo).catch((error: unknown) => {
        observer.log(String(error)); // ends with the browser
      });
      const end = new AbortController();
      const polling = poll(page, observer, end.signal);
      return {
        [Symbol.asyncDispose]: async () => {
          end.abort();
          await polling;
          await browser.close();
          await watching;
          await server[Symbol.asyncDispose]();
        },
      };
    },
  };
}

function addressOf(
  { page, settings }: BrowserPlayerOptions,
  server: PageServer,
  source: Readonly<Record<string, string>> = {},
): URL {
  const address = new URL(page, server.url);
  address.search = new URLSearchParams({ ...settings, ...source }).toString();
  return address;
}

/** Errors of the page, and what Chromium's own player says of itself. */
async function listen(page: Page, observer: Observer): Promise<void> {
  page.on('pageerror', (error) => {
    observer.complained(String(error));
  });
  page.on('console', (message) => {
    observer.log(`console: ${message.text()}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) observer.log(`${response.status()} ${response.url()}`);
  });
  const session = await page.context().newCDPSession(page);
  session.on('Media.playerErrorsRaised', ({ errors }) => {
    observer.log(`media errors: ${JSON.stringify(errors)}`);
  });
  await session.send('Media.enable');
}

async function poll(page: Page, observer: Observer, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      report(await page.evaluate(takeNews), observer);
    } catch (error) {
      observer.ended(String(error));
      return;
    }
    await wait(pollMs, undefined, { signal }).catch(() => undefined);
  }
}

function report({ frames, complaints, positionSeconds }: PageNews, observer: Observer): void {
  for (const { seenAt, levels } of frames) {
    const cell = 10;
    const side = stripCellCount * cell;
    observer.sawFrame(
      readStrip((x) => levels[Math.floor(x / cell)] ?? 0, side, side),
      seenAt,
    );
  }
  if (frames.length === 0 && positionSeconds > 0) observer.sawPosition(positionSeconds);
  for (const text of complaints) observer.complained(text);
}
