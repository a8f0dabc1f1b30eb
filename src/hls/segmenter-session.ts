import { findBox } from '../media/boxes.ts';
import { parseSampleDefaults, type SampleDefaults } from '../media/track-runs.ts';
import type { InitSegment, VideoTrack } from '../media/types.ts';
import { VideoClock } from './video-clock.ts';

/** One encoder session; all times are ticks of its video track. */
export interface SegmenterSession {
  readonly init: InitSegment;
  readonly video: VideoTrack;
  readonly hasAudio: boolean;
  /** undefined where the init segment does not tell them: fragments are then passed on as they are. */
  readonly defaults: ReadonlyMap<number, SampleDefaults> | undefined;
  readonly clock: VideoClock;
  /** Nothing can be decoded before a keyframe, after the start and after a break. */
  isWaitingForKeyframe: boolean;
  /** Wall clock of `originTicks`, ms since the epoch. */
  originMs: number;
  originTicks: number;
  /** Where the open part begins in the playlist. */
  declaredTicks: number;
  /** Where the open segment's wanted length counts from. */
  segmentStartTicks: number;
  isSegmentOpen: boolean;
  /** Added to what the fragments say, since a preroll or an earlier session stands before them; in ticks, by track_ID. */
  shiftTicks: ReadonlyMap<number, number> | undefined;
}

/** undefined for an init segment without video, of which nothing can be made. */
export function beginSession(
  init: InitSegment,
  knownFrameMs: number | undefined,
): SegmenterSession | undefined {
  const video = init.tracks.find((track) => track.kind === 'video');
  if (video === undefined) return undefined;
  const knownTicks =
    knownFrameMs === undefined ? undefined : (knownFrameMs * video.timescale) / 1000;
  return {
    init,
    video,
    hasAudio: init.tracks.some((track) => track.kind === 'audio'),
    defaults: defaultsOf(init, video),
    clock: new VideoClock(video.timescale, knownTicks),
    isWaitingForKeyframe: true,
    originMs: 0,
    originTicks: 0,
    declaredTicks: 0,
    segmentStartTicks: 0,
    isSegmentOpen: false,
    shiftTicks: undefined,
  };
}

function defaultsOf(
  { bytes }: InitSegment,
  video: VideoTrack,
): ReadonlyMap<number, SampleDefaults> | undefined {
  const moov = findBox(bytes, 'moov');
  return moov && parseSampleDefaults(moov, new Set([video.id]));
}

export function wallClockMs(session: SegmenterSession, ticks: number): number {
  return session.originMs + ((ticks - session.originTicks) * 1000) / session.clock.timescale;
}

/** Media time and wall clock meet here: a frame at `ticks` belongs to `atMs`, ms since the epoch. */
export function anchorSession(session: SegmenterSession, ticks: number, atMs: number): void {
  session.originMs = atMs;
  session.originTicks = ticks;
  session.declaredTicks = ticks;
  session.segmentStartTicks = ticks;
}
