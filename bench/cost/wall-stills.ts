import { setMaxListeners } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import {
  pageModule,
  type AddressesModule,
  type RequestSlotsModule,
} from '../../test/unit/public/page-modules.ts';

const { camerasPath, stillPath, snapshotWidthFor } = (await pageModule(
  'lib/addresses.js',
)) as AddressesModule;
const { RequestSlots } = (await pageModule('lib/request-slots.js')) as RequestSlotsModule;

/** As in public/wall: the pace of a live camera, between the first requests of neighbours, and requests at once. */
const intervalMs = 1000;
const staggerMs = 40;
const slotLimits = { total: 4, cold: 3 };
/** Width of a tile where four stand side by side on a screen of 1920 pixels. */
const tilePixels = 440;
const answerTimeoutMs = 4000;

export interface WallStills {
  /** How long each still took that was asked for at `sinceMs` of performance.now() or later, in milliseconds. */
  answersSince(sinceMs: number): readonly number[];
  readonly failedCount: number;
  /** Resolves when no request is open any longer. */
  stop(): Promise<void>;
}

/**
 * Asks for the stills of a wall as the page `/` does, with the page's own addresses and its own bound on requests.
 *
 * @param gateway whose cameras are `cam0`, `cam1` …
 * @param cameras how many they are, and the width of their frames in pixels
 */
export function watchWall(gateway: URL, cameras: { count: number; width: number }): WallStills {
  const slots = new RequestSlots(slotLimits);
  const stopping = new AbortController();
  setMaxListeners(cameras.count, stopping.signal);
  const answers: { readonly askedAtMs: number; readonly ms: number }[] = [];
  let failedCount = 0;
  const width = snapshotWidthFor(tilePixels, cameras.width);

  const watch = async (index: number): Promise<void> => {
    const { signal } = stopping;
    // Paths of the pages begin where their scripts lie, which is a folder of this checkout here.
    const root = camerasPath.replace(/api\/cameras$/, '');
    const url = new URL(stillPath(`cam${index}`, width).slice(root.length), gateway);
    let etag = '';
    await pause(index * staggerMs, signal);
    while (!signal.aborted) {
      await slots.run('warm', signal, async () => {
        const askedAtMs = performance.now();
        try {
          etag = await take(url, etag);
          answers.push({ askedAtMs, ms: performance.now() - askedAtMs });
        } catch {
          failedCount += 1;
        }
      });
      await pause(intervalMs, signal);
    }
  };

  const tiles = Promise.all(Array.from({ length: cameras.count }, (_, index) => watch(index)));
  return {
    answersSince: (sinceMs) =>
      answers.filter(({ askedAtMs }) => askedAtMs >= sinceMs).map(({ ms }) => ms),
    get failedCount() {
      return failedCount;
    },
    stop: async () => {
      stopping.abort();
      await tiles;
    },
  };
}

/** Asks with the ETag of the still before, as browsers do, and returns the ETag of this one. */
async function take(url: URL, etag: string): Promise<string> {
  const response = await fetch(url, {
    headers: etag === '' ? {} : { 'If-None-Match': etag },
    signal: AbortSignal.timeout(answerTimeoutMs),
  });
  await response.arrayBuffer();
  if (response.status !== 200 && response.status !== 304)
    throw new Error(`a still: ${response.status}`);
  return response.headers.get('etag') ?? '';
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch(() => undefined);
}
