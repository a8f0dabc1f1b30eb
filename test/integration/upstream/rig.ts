import { silentLog } from '../../../src/lib/log.ts';
import {
  CameraSimulator,
  createSharedMedia,
  type SimulatorOptions,
} from '../../../src/simulator/camera-simulator.ts';
import {
  createUpstreamClient,
  type UpstreamClientOptions,
} from '../../../src/upstream/upstream-client.ts';
import type {
  UpstreamClient,
  UpstreamSession,
  UpstreamUnit,
} from '../../../src/upstream/upstream.ts';

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
export async function unitsUntil(
  session: UpstreamSession,
  isEnough: (units: readonly UpstreamUnit[]) => boolean,
): Promise<readonly UpstreamUnit[]> {
  const units: UpstreamUnit[] = [];
  for await (const batch of session.batches) {
    units.push(...batch.units);
    if (isEnough(units)) break;
  }
  await session.close();
  return units;
}

export const countOf = (units: readonly UpstreamUnit[], type: UpstreamUnit['type']): number =>
  units.filter((unit) => unit.type === type).length;

/** Path and auth kind of every request, in order. */
export const asked = (simulator: CameraSimulator): string[] =>
  simulator.journal.requests.map(({ path, authKind }) => `${path} ${authKind}`);
