import { mediaPlaylistPath } from './playlist-watch.ts';
import type { GatewayRig } from './rig.ts';

/** How far the declared live edge is behind the clock now, in milliseconds. */
export async function lateness(rig: GatewayRig, id = 'cam0'): Promise<number> {
  const edgeMs = await liveEdge(rig, id);
  return Date.now() - edgeMs;
}

/**
 * The date of the live edge as the media playlist for a new viewer declares it (EXT-X-PROGRAM-DATE-TIME and what
 * stands behind it), in milliseconds since the epoch.
 */
async function liveEdge(rig: GatewayRig, id = 'cam0'): Promise<number> {
  const text = await (await rig.get(await mediaPlaylistPath(rig, id))).text();
  return liveEdgeIn(text);
}

function liveEdgeIn(playlist: string): number {
  let edgeMs = NaN;
  let openMs = 0;
  for (const line of playlist.split('\n')) {
    const date = /^#EXT-X-PROGRAM-DATE-TIME:(.+)/.exec(line)?.[1];
    if (date !== undefined) [edgeMs, openMs] = [Date.parse(date), 0];
    const part = /^#EXT-X-PART:.*DURATION=([\d.]+)/.exec(line)?.[1];
    if (part !== undefined) openMs += 1000 * Number(part);
    const segment = /^#EXTINF:([\d.]+)/.exec(line)?.[1];
    if (segment !== undefined) [edgeMs, openMs] = [edgeMs + 1000 * Number(segment), 0];
  }
  return edgeMs + openMs;
}
