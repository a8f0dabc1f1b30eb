import { failureReasons } from '../../lib/reasons.ts';
import type { SupervisorState } from './supervisor-state.ts';

/** "2 min 40 s", "12 s": whole seconds, for people. */
export function formatSeconds(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** The text of a state, as the pages and the API show it. */
export function stateText(
  state: SupervisorState,
  options: {
    readonly nowMs: number;
    readonly lastFrameAtMs: number | undefined;
    /** Frames arrive, but no decoder can begin with any of them yet. */
    readonly isWaitingForKeyframe: boolean;
    /** Longest keyframe interval seen from this camera, in this session or before, in milliseconds; 0 until known. */
    readonly longestKeyframeMs: number;
  },
): string {
  const { nowMs, lastFrameAtMs, isWaitingForKeyframe, longestKeyframeMs } = options;
  switch (state.name) {
    case 'idle':
      return 'idle, starts when somebody watches';
    case 'connecting':
      return 'connecting';
    case 'live':
      if (lastFrameAtMs === undefined) return 'waiting for the first frame';
      return isWaitingForKeyframe ? waitingText(longestKeyframeMs) : 'live';
    case 'stalled':
      if (lastFrameAtMs === undefined) return 'waiting for the first frame';
      return `stale for ${formatSeconds((nowMs - lastFrameAtMs) / 1000)}`;
    case 'backing-off':
    case 'refused': {
      const leftSeconds = (state.retryAtMs - nowMs) / 1000;
      const when =
        leftSeconds >= 0.5 ? `next try in ${formatSeconds(leftSeconds)}` : 'trying again';
      return `offline: ${shortReason(state.failure.reason)}, ${when}`;
    }
  }
}

function waitingText(longestKeyframeMs: number): string {
  if (longestKeyframeMs === 0) return 'waiting for a keyframe';
  return `waiting for a keyframe; they come every ${formatSeconds(longestKeyframeMs / 1000)}`;
}

const shortReasons: Readonly<Record<keyof typeof failureReasons, string>> = {
  'wrong-password': 'wrong password',
  'no-password': 'no password is configured',
  'no-permission': 'access refused by the camera',
  'schedule-closed': 'no viewing at this time of day',
  'too-many-viewers': 'too many viewers at the camera',
  'endpoint-absent': 'no stream found at this address',
  'locked-out': 'logins are locked',
  unreachable: 'not reachable',
  timeout: 'no answer',
  closed: 'the camera closed the stream',
  stalled: 'no frames received',
  'bad-answer': 'not a media stream',
  'frame-too-large': 'its frames are too large',
  'ffmpeg-failed': 'the stream cannot be processed',
};

export function shortReason(reason: keyof typeof failureReasons): string {
  return shortReasons[reason];
}
