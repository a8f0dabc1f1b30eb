import type { Page } from 'playwright-core';
import { readStrip } from '../../../src/simulator/streams/frame-strip.ts';

/** Number of the simulated frame that the first video of a page shows; undefined when it shows something else. */
export async function shownFrame(page: Page): Promise<number | undefined> {
  const picture = await page.locator('video').evaluate((video: HTMLVideoElement) => {
    const canvas = document.createElement('canvas');
    const [width, height] = [video.videoWidth, video.videoHeight];
    if (width === 0) return undefined; // nothing yet, or not any more
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext('2d');
    context?.drawImage(video, 0, 0);
    const top = context?.getImageData(0, 0, width, Math.ceil(height / 10)).data ?? [];
    return { width, height, luma: Array.from(top).filter((_, index) => index % 4 === 1) };
  });
  if (picture === undefined) return undefined;
  const { width, height, luma } = picture;
  return readStrip((x, y) => luma[y * width + x] ?? 0, width, height);
}
