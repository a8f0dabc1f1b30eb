import { setTimeout as wait } from 'node:timers/promises';
import { silentLog } from '../../src/lib/log.ts';
import {
  CameraSimulator,
  createSharedMedia,
  type SimulatorOptions,
} from '../../src/simulator/camera-simulator.ts';
import { locateFfmpeg, type FfmpegBinary } from '../../src/transcode/ffmpeg/binary.ts';

export interface Cameras extends AsyncDisposable {
  readonly simulators: readonly CameraSimulator[];
  readonly urls: readonly URL[];
}

/** The stream of the published figures of other servers: H.264 720p30 at 2 Mbit/s, a keyframe each second. */
export const publishedStream = {
  profile: 'classic',
  bitrateKbps: 2000,
  width: 1280,
  height: 720,
  fps: 30,
} as const;

/** The same simulated camera `count` times in this process; they share one encoded loop. */
export async function startCameras(
  options: Omit<SimulatorOptions, 'ffmpegPath' | 'media'>,
  count = 1,
): Promise<Cameras> {
  const { path } = await ffmpegOn(process.env['PATH']);
  const media = createSharedMedia({ ffmpegPath: path, log: silentLog });
  const simulators: CameraSimulator[] = [];
  for (let index = 0; index < count; index++) {
    simulators.push(await CameraSimulator.start({ ...options, ffmpegPath: path, media }));
  }
  return {
    simulators,
    urls: simulators.map(({ url }) => url),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(simulators.map((simulator) => simulator[Symbol.asyncDispose]()));
    },
  };
}

/** The one that a gateway with this search path takes: the bundled one where it is empty. */
export function ffmpegOn(searchPath: string | undefined): Promise<FfmpegBinary> {
  return locateFfmpeg({ configuredPath: undefined, searchPath, log: silentLog });
}

/** What a player reads of a media playlist. */
export interface LivePlaylist {
  readonly url: URL;
  readonly text: string;
  /** Newest finished segment; undefined before there is one. */
  readonly segment: URL | undefined;
  /** Newest part; undefined before there is one. */
  readonly part: URL | undefined;
}

const openTimeoutMs = 20_000;

/** Opens index.m3u8, which starts the camera and waits for its first part, and the media playlist that it names. */
export async function openPlaylist(gateway: URL, id: string): Promise<LivePlaylist> {
  const index = new URL(`cameras/${id}/index.m3u8`, gateway);
  const lines = (await fetchText(index)).split('\n');
  const name = lines.find((line) => line !== '' && !line.startsWith('#'));
  if (name === undefined) throw new Error('the multivariant playlist names no media playlist');
  return readPlaylist(new URL(name, index));
}

export async function readPlaylist(url: URL): Promise<LivePlaylist> {
  const text = await fetchText(url);
  const segment = text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .at(-1);
  const part = [...text.matchAll(/#EXT-X-PART:.*URI="([^"]+)"/g)].at(-1)?.[1];
  return {
    url,
    text,
    segment: segment === undefined ? undefined : new URL(segment, url),
    part: part === undefined ? undefined : new URL(part, url),
  };
}

/** Waits until the playlist is as long as it gets. */
export async function fullPlaylist(gateway: URL, id: string): Promise<LivePlaylist> {
  let playlist = await openPlaylist(gateway, id);
  const endMs = performance.now() + openTimeoutMs;
  while ((playlist.text.match(/#EXTINF/g)?.length ?? 0) < 7 && performance.now() < endMs) {
    await wait(500);
    playlist = await readPlaylist(playlist.url);
  }
  return playlist;
}

async function fetchText(url: URL): Promise<string> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(openTimeoutMs) });
  if (!answer.ok) throw new Error(`${url.pathname}: ${answer.status} ${await answer.text()}`);
  return answer.text();
}
