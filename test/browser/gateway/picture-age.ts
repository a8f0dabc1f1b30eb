import type { Page } from 'playwright-core';
import type { Rig } from '../../integration/gateway/rig.ts';
import { shownFrame } from './shown-frame.ts';

/** How long ago the camera sent what the page shows, in ms; endless while it shows no frame of it. */
export async function pictureAge(page: Page, rig: Rig): Promise<number> {
  const number = await shownFrame(page);
  const sentAtMs = number === undefined ? undefined : rig.camera.journal.framesSent.get(number);
  return sentAtMs === undefined ? Number.POSITIVE_INFINITY : Date.now() - sentAtMs;
}
