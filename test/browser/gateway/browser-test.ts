import { test } from 'vitest';
import { launchChromium } from './browser.ts';
import { drawPictures } from './pictures.ts';
import { Visit } from './visit.ts';

/** A busy machine may take this long for anything, in milliseconds. */
export const patience = { timeout: 20_000, interval: 100 };

export const playing = 'camgate-player[data-state="playing"]';

/**
 * `it` with a Chromium for the whole file. `page`: a page in a window of its own, since Chromium slows the timers of
 * tabs that another one covers; `visit`: the same page at a gateway of canned states.
 */
export function browserTest(extraArguments: readonly string[] = []) {
  return (
    test
      // eslint-disable-next-line no-empty-pattern -- vitest reads from the pattern what a fixture needs
      .extend('browser', { scope: 'file' }, async ({}, { onCleanup }) => {
        const browser = await launchChromium(extraArguments);
        onCleanup(() => browser.close());
        return browser;
      })
      .extend('page', async ({ browser }, { onCleanup }) => {
        const context = await browser.newContext();
        onCleanup(() => context.close());
        const page = await context.newPage();
        page.setDefaultTimeout(patience.timeout);
        return page;
      })
      .extend('pictures', { scope: 'file' }, () => drawPictures('640x360', 12))
      .extend('visit', async ({ page, pictures }, { onCleanup }) => {
        const visit = await Visit.start(page, pictures);
        onCleanup(() => visit[Symbol.asyncDispose]());
        return visit;
      })
  );
}
