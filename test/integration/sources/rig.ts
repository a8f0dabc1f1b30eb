import { silentLog } from '../../../src/lib/log.ts';
import {
  CameraSimulator,
  createSharedMedia,
  type SimulatorOptions,
} from '../../../src/simulator/camera-simulator.ts';
import {
  createUpstreamClient,
  type UpstreamClientOptions,
} from '../../../src/sources/cgi/cgi-source.ts';
import type {
  UpstreamClient,
  UpstreamSession,
} from '../../../src/sources/cgi/cgi-session-types.ts';
import type { SourceEvent, SourceTracks } from '../../../src/sources/source.ts';

const ffmpegPath = 'ffmpeg';
const media = createSharedMedia({ ffmpegPath, log: silentLog });
export const never = new AbortController().signal;

export const start = (
  options: Omit<SimulatorOptions, 'ffmpegPath' | 'media'>,
): Promise<CameraSimulator> =>
  CameraSimulator.start({ width: 320, height: 240, ...options, ffmpegPath, media });

type CameraOverrides = Partial<UpstreamClientOptions['camera']>;

export function clientOf(
  simulator: CameraSimulator,
  overrides: CameraOverrides = {},
): UpstreamClient {
  const camera = {
    id: 'front',
    url: simulator.url,
    ...simulator.credentials,
    via: 'auto' as const,
    stream: 1,
    audio: true,
    ...overrides,
  };
  return createUpstreamClient({ camera, log: silentLog });
}

/** Reads until the condition holds, then closes the session. */
export async function eventsUntil(
  session: UpstreamSession,
  isEnough: (events: readonly SourceEvent[]) => boolean,
): Promise<readonly SourceEvent[]> {
  const events: SourceEvent[] = [];
  for await (const batch of session.batches) {
    events.push(...batch.events);
    if (isEnough(events)) break;
  }
  await session.close();
  return events;
}

export const countOf = (events: readonly SourceEvent[], type: SourceEvent['type']): number =>
  events.filter((event) => event.type === type).length;

/** What came first of all, as it has to be. */
export function tracksOf([first]: readonly SourceEvent[]): SourceTracks {
  if (first?.type !== 'tracks') throw new Error('the session did not begin with its tracks');
  return first.tracks;
}

/** Path and auth kind of every request, in order. */
export const asked = (simulator: CameraSimulator): string[] =>
  simulator.journal.requests.map(({ path, authKind }) => `${path} ${authKind}`);
