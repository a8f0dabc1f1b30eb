import type { CameraCounters, CameraStateName } from '../outputs/viewable-camera.ts';
import { by, family, single, type MetricFamily } from './metric-family.ts';

const states: readonly CameraStateName[] = [
  'idle',
  'connecting',
  'live',
  'stalled',
  'backing-off',
  'refused',
];

/** The one session with each camera. */
export const upstreamMetrics: readonly MetricFamily<CameraCounters>[] = [
  family(
    'upstream_up',
    { help: 'Whether the session with the camera delivers media (1) or not (0).' },
    single((camera) => Number(camera.isUp)),
  ),
  family(
    'upstream_state',
    {
      help: 'State of the camera: 1 for the current one, 0 for the others.',
      labels: ['state'],
    },
    by('state', (camera) => states.map((state) => [state, Number(state === camera.state)])),
  ),
  family(
    'upstream_last_frame_age_seconds',
    { help: 'Time since the newest video frame.' },
    single((camera) => camera.lastFrameAgeSeconds),
  ),
  family(
    'upstream_last_keyframe_age_seconds',
    { help: 'Time since the newest video keyframe.' },
    single((camera) => camera.lastKeyframeAgeSeconds),
  ),
  family(
    'upstream_bytes_total',
    { help: 'Bytes received from the camera.' },
    single((camera) => camera.bytesTotal),
  ),
  family(
    'upstream_frames_total',
    { help: 'Video frames received from the camera.' },
    single((camera) => camera.framesTotal),
  ),
  family(
    'upstream_keyframes_total',
    { help: 'Video keyframes received from the camera.' },
    single((camera) => camera.keyframesTotal),
  ),
  family(
    'upstream_connects_total',
    {
      help: 'Attempts to open a session, by outcome: ok or the reason for the failure.',
      labels: ['outcome'],
    },
    by('outcome', (camera) => camera.connectsTotal),
  ),
  family(
    'upstream_backoff_seconds',
    { help: 'Time until the next attempt to open a session; 0 if none is pending.' },
    single((camera) => camera.backoffSeconds),
  ),
  family(
    'upstream_session_seconds',
    { help: 'Age of the current session; 0 if there is none.' },
    single((camera) => camera.sessionSeconds),
  ),
  family(
    'upstream_stalls_total',
    { help: 'Sessions that ended because the camera sent no data or no frames for too long.' },
    single((camera) => camera.stallsTotal),
  ),
  family(
    'upstream_corrupt_frames_total',
    { help: 'Frames or packets from the camera that were broken and dropped.' },
    single((camera) => camera.corruptFramesTotal),
  ),
  family(
    'upstream_held_back_seconds_total',
    { help: 'Time during which the camera was not read because it sent more than maxBitrate.' },
    single((camera) => camera.heldBackSecondsTotal),
  ),
  family(
    'upstream_clock_skew_seconds',
    {
      help: 'Media clock minus monotonic clock since the session began; positive if the camera runs fast.',
    },
    single((camera) => camera.clockSkewSeconds),
  ),
  family(
    'upstream_clock_drift_ratio',
    {
      help: "Seconds of the camera's media clock per second of real time; above 1 if the camera runs fast.",
    },
    single((camera) => camera.clockDriftRatio),
  ),
];
