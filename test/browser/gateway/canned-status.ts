import type { CameraStatus } from '../../../src/outputs/viewable-camera.ts';

const tracks: CameraStatus['tracks'] = [
  { kind: 'video', codec: 'avc1.42c01e', width: 640, height: 360 },
];

/** A camera that is well. */
export function liveCamera(id: string, name: string): CameraStatus {
  return {
    id,
    name,
    state: 'live',
    stateText: 'live',
    since: new Date(Date.now() - 11_100_000).toISOString(),
    sinceSeconds: 11_100,
    reason: null,
    advice: null,
    detail: null,
    nextRetryAt: null,
    nextRetrySeconds: null,
    via: 'av.asf',
    tracks,
    frameRate: 15,
    bitrateBitsPerSecond: 1_240_000,
    lastFrameAgeSeconds: 0.05,
    viewers: { hls: 2, mjpeg: 0, snapshot: 1 },
    alwaysOn: false,
    encoding: null,
    isSlateShown: false,
  };
}

export function idleCamera(id: string, name: string): CameraStatus {
  return {
    ...liveCamera(id, name),
    state: 'idle',
    stateText: 'idle, starts when somebody watches',
    via: null,
    tracks: [],
    frameRate: null,
    bitrateBitsPerSecond: null,
    lastFrameAgeSeconds: null,
    viewers: { hls: 0, mjpeg: 0, snapshot: 0 },
  };
}

export function connectingCamera(id: string, name: string): CameraStatus {
  return { ...idleCamera(id, name), state: 'connecting', stateText: 'connecting' };
}

export function staleCamera(id: string, name: string): CameraStatus {
  return {
    ...liveCamera(id, name),
    state: 'stalled',
    stateText: 'stale for 12 s',
    reason: 'stalled',
    advice:
      'The camera is connected but sends no pictures: look at its network cable or restart it.',
    lastFrameAgeSeconds: 11.4,
  };
}

export function lockedCamera(id: string, name: string): CameraStatus {
  return {
    ...idleCamera(id, name),
    state: 'refused',
    stateText: 'offline: wrong password, next try in 2 min 40 s',
    reason: 'wrong-password',
    advice: 'Correct the user name or the password of this camera in the configuration.',
    detail: 'the camera does not accept the user name or password',
    nextRetryAt: new Date(Date.now() + 160_000).toISOString(),
    nextRetrySeconds: 160,
  };
}

export function awayCamera(id: string, name: string): CameraStatus {
  return {
    ...idleCamera(id, name),
    state: 'backing-off',
    stateText: 'offline: no answer, next try in 4 s',
    reason: 'timeout',
    advice: 'Look whether the camera has power and network.',
    nextRetryAt: new Date(Date.now() + 4000).toISOString(),
    nextRetrySeconds: 4,
  };
}
