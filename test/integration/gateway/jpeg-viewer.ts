import { defaultMaxFrameBytes, MultipartReader } from '../../../src/media/jpeg/multipart-reader.ts';
import type { GatewayRig } from './rig.ts';

/** A frame of an MJPEG stream as its viewer gets it. */
export interface SeenJpeg {
  readonly bytes: Buffer;
  readonly width: number;
  readonly height: number;
  /** By performance.now(). */
  readonly seenAtMs: number;
}

/** Watches `stream.mjpg` until that is enough. */
export async function watchJpegs(
  rig: GatewayRig,
  isEnough: (seen: readonly SeenJpeg[]) => boolean,
  id = 'cam0',
): Promise<SeenJpeg[]> {
  const end = new AbortController();
  const answer = await rig.get(`/cameras/${id}/stream.mjpg`, { signal: end.signal });
  const reader = new MultipartReader({ boundary: undefined, maxFrameBytes: defaultMaxFrameBytes });
  const seen: SeenJpeg[] = [];
  try {
    for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
      for (const event of reader.push(Buffer.from(chunk))) {
        if (event.type === 'frame') seen.push({ ...event.frame, seenAtMs: performance.now() });
      }
      if (isEnough(seen)) return seen;
    }
  } finally {
    end.abort();
  }
  throw new Error(`the stream ended after ${seen.length} frames`);
}
