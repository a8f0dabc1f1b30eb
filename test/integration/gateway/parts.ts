import { setTimeout as wait } from 'node:timers/promises';
import type { GatewayRig } from './rig.ts';

/** One part of a live playlist. */
export interface SeenPart {
  readonly uri: URL;
  readonly durationSeconds: number;
  readonly seenAtMs: number;
  /** Number of discontinuities before it, those that left the playlist included. */
  readonly era: number;
  /** EXT-X-MAP that was in force. */
  readonly map: URL;
}

/** What must come has come by then, in milliseconds. */
const longestFollowMs = 40_000;

/** Follows the media playlist of a camera until that is enough and tells every part of it in order. */
export async function followParts(
  rig: GatewayRig,
  isEnough: (parts: readonly SeenPart[]) => boolean,
  id = 'cam0',
): Promise<SeenPart[]> {
  const master = rig.url(`/cameras/${id}/index.m3u8`);
  const name = (await (await fetch(master)).text())
    .split('\n')
    .find((line) => line !== '' && !line.startsWith('#'));
  if (name === undefined) throw new Error('there is no media playlist');
  const playlist = new URL(name, master);
  const seen = new Map<string, SeenPart>();
  const endMs = performance.now() + longestFollowMs;
  for (;;) {
    for (const part of partsIn(await (await fetch(playlist)).text(), playlist)) {
      if (!seen.has(part.uri.href)) seen.set(part.uri.href, part);
    }
    const parts = [...seen.values()];
    if (isEnough(parts)) return parts;
    if (performance.now() > endMs)
      throw new Error(`${parts.length} parts in ${longestFollowMs} ms`);
    await wait(50);
  }
}

/** How long the parts last together, in seconds. */
export function secondsOf(parts: readonly SeenPart[]): number {
  return parts.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0);
}

/** Enough when the parts last that long together, in seconds. */
export const lasts =
  (seconds: number) =>
  (parts: readonly SeenPart[]): boolean =>
    secondsOf(parts) >= seconds;

function partsIn(text: string, base: URL): SeenPart[] {
  const parts: SeenPart[] = [];
  let era = Number(/#EXT-X-DISCONTINUITY-SEQUENCE:(\d+)/.exec(text)?.[1] ?? 0);
  let map = base;
  for (const line of text.split('\n')) {
    if (line === '#EXT-X-DISCONTINUITY') era++;
    const uri = /URI="([^"]+)"/.exec(line)?.[1] ?? '';
    if (line.startsWith('#EXT-X-MAP:')) map = new URL(uri, base);
    const duration = /^#EXT-X-PART:.*DURATION=([\d.]+)/.exec(line)?.[1];
    if (duration === undefined) continue;
    const durationSeconds = Number(duration);
    parts.push({ uri: new URL(uri, base), durationSeconds, seenAtMs: performance.now(), era, map });
  }
  return parts;
}

/** The media of these parts behind their init segment, as a player would put them together. */
export async function mediaOf(parts: readonly SeenPart[]): Promise<Buffer> {
  const [first] = parts;
  if (first === undefined) throw new Error('there are no parts');
  const urls = [first.map, ...parts.map(({ uri }) => uri)];
  const pieces = await Promise.all(urls.map(async (url) => (await fetch(url)).arrayBuffer()));
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece)));
}
