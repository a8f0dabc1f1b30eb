import type { SimulatedCamera } from '../integration/gateway/rig.ts';

export const cameraKinds = {
  'h264-sound': { profile: 'classic', video: 'h264', audio: 'adpcm' },
  'h264-silent': { profile: 'classic', video: 'h264', audio: 'none' },
  'mjpeg-asf': { profile: 'soso', video: 'mjpeg', audio: 'adpcm' },
  'mjpeg-cgi': { profile: 'foscam', video: 'mjpeg', audio: 'none' },
} as const satisfies Readonly<Record<string, SimulatedCamera>>;

export type CameraKind = keyof typeof cameraKinds;

/** Paths below `/cameras/{id}/` that can be asked for. */
export const addresses = {
  live: 'index.m3u8',
  classic: 'classic/index.m3u8',
  ts: 'ts/index.m3u8',
} as const;

export type Address = keyof typeof addresses;
