import type { CameraConfig } from './config.ts';
import { defaultHls } from './hls.ts';
import { cameraKeys } from './schema.ts';
import { defaultsOf } from './section.ts';

/** A camera of which only the identity is known; everything else as if the file said nothing. */
export function defaultCamera(
  identity: Pick<CameraConfig, 'id' | 'name' | 'url' | 'username' | 'password'>,
): CameraConfig {
  const {
    via,
    stream,
    pace,
    userAgent,
    audio,
    alwaysOn,
    offline,
    linger,
    stall,
    coldStart,
    maxBitrate,
  } = defaultsOf(cameraKeys);
  return {
    ...identity,
    via,
    stream,
    paceMs: pace,
    userAgent,
    audio,
    alwaysOn,
    offline,
    lingerMs: linger,
    stallMs: stall,
    coldStartMs: coldStart,
    maxBitsPerSecond: maxBitrate,
    hls: defaultHls(),
  };
}
