import { expect } from 'vitest';
import type { Page } from 'playwright-core';

/** What the first video of a page has shown, jumps to the live edge left out. */
export function playedSeconds(page: Page): Promise<number> {
  return page.locator('video').evaluate(({ played }: HTMLVideoElement) => {
    let seconds = 0;
    for (let index = 0; index < played.length; index++) {
      seconds += played.end(index) - played.start(index);
    }
    return seconds;
  });
}

/** Waits until so much more was shown, at most `timeoutMs` longer than that takes. */
export async function playsOn(page: Page, seconds: number, timeoutMs = 10_000): Promise<void> {
  const before = await playedSeconds(page);
  const timeout = seconds * 1000 + timeoutMs;
  await expect.poll(() => playedSeconds(page), { timeout }).toBeGreaterThan(before + seconds);
}
