import type { Clock } from '../lib/clock.ts';
import type { TrackStatus, CameraCounters, CameraStatus } from './viewable-camera.ts';
import type { Camera } from './camera.ts';
import { adviceFor } from './retry-paces.ts';
import { stateText } from './status.ts';

/** The camera as the API shows it. */
export function statusOf(camera: Camera, clock: Clock): CameraStatus {
  const nowMs = clock.monotonicMs();
  const { config, supervisor, native, viewers, fmp4 } = camera;
  const { state } = supervisor;
  const { meter } = native;
  const isOpen = state.name === 'live' || state.name === 'stalled';
  const failure =
    state.name === 'live' || state.name === 'idle' ? undefined : supervisor.lastFailure;
  const retryAtMs = 'retryAtMs' in state ? state.retryAtMs : undefined;
  const bitrate = isOpen ? meter.bitsPerSecond(nowMs) : undefined;
  return {
    id: config.id,
    name: config.name,
    state: state.name,
    stateText: stateText(state, { nowMs, lastFrameAtMs: meter.lastFrameAtMs }),
    since: isoTime(clock, state.sinceMs),
    sinceSeconds: rounded(ageSeconds(state.sinceMs, nowMs), 3) ?? 0,
    reason: failure?.reason ?? null,
    advice: failure === undefined ? null : adviceFor(failure.reason),
    nextRetryAt: retryAtMs === undefined ? null : isoTime(clock, retryAtMs),
    nextRetrySeconds: retryAtMs === undefined ? null : Math.max(0, (retryAtMs - nowMs) / 1000),
    via: supervisor.via ?? null,
    tracks: isOpen ? tracksOf(camera) : [],
    frameRate: isOpen ? rounded(meter.frameRate(nowMs), 2) : null,
    bitrateBitsPerSecond: rounded(bitrate, 0),
    lastFrameAgeSeconds: rounded(ageSeconds(meter.lastFrameAtMs, nowMs), 3),
    viewers: viewers.counts(),
    alwaysOn: config.alwaysOn,
    isSlateShown: fmp4.isSlateShown,
  };
}

/** The camera as /metrics shows it; `nowMs` is of the monotonic clock. */
export function countersOf(camera: Camera, nowMs: number): CameraCounters {
  const { supervisor, native, viewers, tally, snapshots, fmp4 } = camera;
  const { meter } = native;
  const { state } = supervisor;
  const isOpen = state.name === 'live' || state.name === 'stalled';
  const { windows } = fmp4;
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
    clockSkewSeconds: meter.clockSkewSeconds,
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

function tracksOf(camera: Camera): TrackStatus[] {
  const { media, size } = camera.native;
  if (media === undefined) return [];
  if (media.kind === 'jpeg') return [{ kind: 'video', codec: 'mjpeg', ...size }];
  return media.header.streams.map((stream): TrackStatus =>
    stream.kind === 'audio'
      ? {
          kind: 'audio',
          codec: stream.codec,
          sampleRate: stream.sampleRate,
          channelCount: stream.channelCount,
        }
      : { kind: 'video', codec: stream.codec, ...(size.width > 0 ? size : sizeOf(stream)) },
  );
}

function sizeOf({ width, height }: { width: number; height: number }): {
  width: number;
  height: number;
} {
  return { width, height };
}

function isoTime(clock: Clock, monotonicMs: number): string {
  return new Date(clock.wallOf(monotonicMs)).toISOString();
}

function ageSeconds(atMs: number | undefined, nowMs: number): number | undefined {
  return atMs === undefined ? undefined : Math.max(0, (nowMs - atMs) / 1000);
}

function rounded(value: number | undefined, digits: number): number | null {
  return value === undefined ? null : Number(value.toFixed(digits));
}
