import type { Clock } from '../lib/time/clock.ts';
import type { Camera } from '../camera/camera.ts';
import { adviceFor } from '../camera/supervisor/retry-paces.ts';
import { stateText } from '../camera/supervisor/status.ts';
import type { AudioTrack, VideoTrack } from '../media/frame.ts';
import type { HlsOutput } from './hls/hls-output.ts';
import type { SnapshotOutput } from './snapshot/snapshot-output.ts';
import type { CameraCounters, CameraStatus, TrackStatus } from './viewable-camera.ts';
import type { Viewers } from './viewers.ts';

/** Whose numbers are reported. */
export interface ReportedCamera {
  readonly camera: Camera;
  readonly viewers: Viewers;
  readonly hls: HlsOutput;
  readonly snapshots: SnapshotOutput;
}

/** The camera as the API shows it. */
export function statusOf({ camera, viewers }: ReportedCamera): CameraStatus {
  const { config, supervisor, intake, clock, forms } = camera;
  const nowMs = clock.monotonicMs();
  const { state } = supervisor;
  const { meter, timing } = intake;
  const isOpen = state.name === 'live' || state.name === 'stalled';
  const failure =
    state.name === 'live' || state.name === 'idle' ? undefined : supervisor.lastFailure;
  const retryAtMs = 'retryAtMs' in state ? state.retryAtMs : undefined;
  const bitrate = isOpen ? meter.bitsPerSecond(nowMs) : undefined;
  return {
    id: config.id,
    name: config.name,
    state: state.name,
    stateText: stateText(state, {
      nowMs,
      lastFrameAtMs: meter.lastFrameAtMs,
      isWaitingForKeyframe: timing.isWaitingForKeyframe,
      longestKeyframeMs: meter.longestGopMs,
    }),
    since: isoTime(clock, state.sinceMs),
    sinceSeconds: rounded(ageSeconds(state.sinceMs, nowMs), 3) ?? 0,
    reason: failure?.reason ?? null,
    advice: failure === undefined ? null : adviceFor(failure.reason),
    detail: failure?.message ?? null,
    nextRetryAt: retryAtMs === undefined ? null : isoTime(clock, retryAtMs),
    nextRetrySeconds: retryAtMs === undefined ? null : Math.max(0, (retryAtMs - nowMs) / 1000),
    via: supervisor.via ?? null,
    tracks: isOpen ? tracksOf(camera) : [],
    frameRate: isOpen ? rounded(meter.frameRate(nowMs), 2) : null,
    bitrateBitsPerSecond: rounded(bitrate, 0),
    lastFrameAgeSeconds: rounded(ageSeconds(meter.lastFrameAtMs, nowMs), 3),
    viewers: viewers.counts(),
    alwaysOn: config.alwaysOn,
    encoding: encodingOf(camera),
    isSlateShown: forms.isSlateShown,
  };
}

/** The camera as /metrics shows it. */
export function countersOf({ camera, viewers, snapshots, hls }: ReportedCamera): CameraCounters {
  const { supervisor, intake, tally, forms, clock } = camera;
  const nowMs = clock.monotonicMs();
  const { meter, timing } = intake;
  const { state } = supervisor;
  const isOpen = state.name === 'live' || state.name === 'stalled';
  const { windows } = hls;
  return {
    state: state.name,
    isUp: state.name === 'live',
    lastFrameAgeSeconds: ageSeconds(meter.lastFrameAtMs, nowMs),
    lastKeyframeAgeSeconds: ageSeconds(meter.lastKeyframeAtMs, nowMs),
    bytesTotal: meter.bytesTotal,
    framesTotal: meter.framesTotal,
    keyframesTotal: meter.keyframesTotal,
    connectsTotal: supervisor.connects,
    backoffSeconds: 'retryAtMs' in state ? Math.max(0, (state.retryAtMs - nowMs) / 1000) : 0,
    sessionSeconds: isOpen ? (nowMs - state.openedAtMs) / 1000 : 0,
    stallsTotal: supervisor.stallsTotal,
    corruptFramesTotal: meter.corruptTotal,
    heldBackSecondsTotal: supervisor.heldBackSeconds,
    clockSkewSeconds: timing.clockSkewSeconds,
    clockDriftRatio: timing.clockRatio,
    encoderDropsTotal: forms.encoderDropsTotal,
    deliveredBytesTotal: viewers.deliveredBytes,
    droppedTotal: viewers.droppedCounts,
    viewers: viewers.counts(),
    ffmpegChildren: tally.children,
    ffmpegRestartsTotal: tally.restarts,
    ffmpegCpuSecondsTotal: tally.cpuSecondsTotal,
    ffmpegResidentBytes: tally.residentBytes,
    segmentSeconds: windows.segmentSeconds,
    partSeconds: windows.partSeconds,
    windowBytes: windows.byteCount,
    windowDiskBytes: windows.diskByteCount,
    diskFailuresTotal: windows.diskFailuresTotal,
    gapsTotal: windows.gapCount,
    blockedRequests: viewers.heldCount('hls'),
    discontinuitiesTotal: windows.discontinuityCount,
    snapshotAgeSeconds: ageSeconds(snapshots.newestAtMs, nowMs),
    snapshotDecodesTotal: snapshots.decodesTotal,
  };
}

function encodingOf({ forms }: Camera): CameraStatus['encoding'] {
  const { encodingReason: reason, isEncoderTooSlow: isTooSlow } = forms;
  return reason === undefined ? null : { reason, isTooSlow };
}

/** By the running run where it tells, else as the camera declares them. */
function tracksOf({ intake }: Camera): TrackStatus[] {
  const { run } = intake.hub;
  const video = run?.video ?? intake.tracks?.video;
  const audio = run?.audio ?? intake.tracks?.audio;
  return [...(video ? [videoStatus(video)] : []), ...(audio ? [audioStatus(audio)] : [])];
}

function videoStatus({ codec, width, height }: VideoTrack): TrackStatus {
  return { kind: 'video', codec, width, height };
}

function audioStatus({ codec, sampleRate, channelCount }: AudioTrack): TrackStatus {
  return { kind: 'audio', codec, sampleRate, channelCount };
}

function ageSeconds(atMs: number | undefined, nowMs: number): number | undefined {
  return atMs === undefined ? undefined : Math.max(0, (nowMs - atMs) / 1000);
}

function rounded(value: number | undefined, digits: number): number | null {
  return value === undefined ? null : Number(value.toFixed(digits));
}

/** The wall time of an instant of the monotonic clock. */
function isoTime(clock: Clock, atMs: number): string {
  return new Date(clock.wallOf(atMs)).toISOString();
}
