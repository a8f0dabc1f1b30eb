import type { SourceTracks } from '../../sources/source.ts';
import { AudioPresence } from './audio-presence.ts';
import { AudioTimes, type SharedClock } from './audio-times.ts';
import { AvStep } from './av-step.ts';
import { FrameInterval } from './frame-interval.ts';
import type { DatedFrame } from './arrival/initial-backlog.ts';
import { type PaceHints, VideoTimes } from './video-times.ts';

/** Copied audio that is further from its arrival than this needs a new run. In milliseconds. */
const offAudioMs = 500;
/** Video follows audio until it is this far off, which leaves enough time for such a run to begin. */
const trustedAudioMs = 700;
/** If the declared wall clock is further off than this, a new run begins. In milliseconds. */
const wallToleranceMs = 800;
/** At most one new run in this time for the sake of the wall clock. */
const wallRestMs = 60_000;

/** Why the current run ends at the next keyframe. */
export type RunEnd = 'audio' | 'step' | 'wall' | 'order';

/** How far apart the keyframes of a session are, by arrival. */
class KeyframeDistance {
  #lastAtMs: number | undefined;
  #longestMs: number | undefined;

  /** In milliseconds; undefined until two came. */
  get longestMs(): number | undefined {
    return this.#longestMs;
  }

  keyframe(arrivedAtMs: number): void {
    if (this.#lastAtMs !== undefined) {
      this.#longestMs = Math.max(this.#longestMs ?? 0, arrivedAtMs - this.#lastAtMs);
    }
    this.#lastAtMs = arrivedAtMs;
  }

  /** A hole follows, which does not count as an interval. */
  interrupt(): void {
    this.#lastAtMs = undefined;
  }
}

/** The clocks of both tracks in one session, how they relate to each other, and what that means for the current run. */
export class SessionTiming {
  readonly video: VideoTimes;
  readonly step = new AvStep();
  readonly keyframes = new KeyframeDistance();
  #presence = new AudioPresence();
  /** By arrival; frames that arrive together count as one. */
  readonly #arrivalInterval = new FrameInterval();
  readonly #shared: SharedClock;
  #audio: AudioTimes | undefined;
  #firstVideoReadAtMs: number | undefined;
  #lastVideoAtMs: number | undefined;
  #wallMendedAtMs = -Infinity;

  constructor(tracks: SourceTracks, hints: PaceHints) {
    const video = new VideoTimes(tracks.videoStampTimescale, hints);
    this.video = video;
    this.#shared = {
      timeOf: (stampMs) =>
        video.usesArrival || !video.clock.isAnchored || video.clock.rate !== 1
          ? undefined
          : video.clock.timeOf(stampMs),
      get floorMs() {
        return video.clock.floor.floorMs;
      },
      get baseMs() {
        return video.clock.floor.baseMs;
      },
    };
    this.setAudio(tracks);
  }

  /** The audio track has changed. */
  setAudio({ audio, audioStampTimescale }: SourceTracks): void {
    this.#presence = new AudioPresence();
    const isUsable = audio !== undefined && audio.sampleRate > 0;
    this.#audio = isUsable ? new AudioTimes(audioStampTimescale, audio.sampleRate) : undefined;
  }

  get audio(): AudioTimes | undefined {
    return this.#audio;
  }

  get presence(): AudioPresence {
    return this.#presence;
  }

  /** How long video has been arriving. */
  ageMs(nowMs: number): number {
    return nowMs - (this.#firstVideoReadAtMs ?? nowMs);
  }

  /** Whether this frame follows a hole that ends a run. Call before the frame is taken. */
  isBehindHole(arrivedAtMs: number): boolean {
    const gapMs = arrivedAtMs - (this.#lastVideoAtMs ?? arrivedAtMs);
    return gapMs > this.#arrivalInterval.breakMs;
  }

  takeVideo(dated: DatedFrame, isAudioStretched: boolean): void {
    const { frame, arrivedAtMs, readAtMs } = dated;
    const gapMs = arrivedAtMs - (this.#lastVideoAtMs ?? arrivedAtMs);
    if (gapMs > this.#arrivalInterval.patienceMs) this.keyframes.interrupt();
    if (gapMs > (this.video.intervalMs ?? 0) / 2) this.#arrivalInterval.note(gapMs);
    this.#firstVideoReadAtMs ??= readAtMs;
    this.#lastVideoAtMs = arrivedAtMs;
    this.#presence.video(readAtMs);
    if (frame.isKeyframe) this.keyframes.keyframe(arrivedAtMs);
    const audioMs = isAudioStretched ? undefined : this.#trustedAudioErrorMs;
    this.video.take(dated, audioMs);
    this.step.note(this.#audioLagMs, arrivedAtMs);
  }

  /** Returns whether the block has a time: audio before the first frame of video has none. */
  takeAudio({ frame, arrivedAtMs, readAtMs }: DatedFrame, isStretched: boolean): boolean {
    this.#presence.audio(readAtMs);
    if (this.#audio === undefined || this.#lastVideoAtMs === undefined) return false;
    this.#audio.take(frame, arrivedAtMs, this.#shared, isStretched ? this.#audioLagMs : 0);
    return true;
  }

  /** Whether the current run, with or without audio, has to end at the next keyframe. */
  runEnd(hasAudio: boolean, isAudioEncoded: boolean, nowMs: number): RunEnd | undefined {
    const { presence } = this;
    if (hasAudio ? presence.isGone : this.#audio !== undefined && presence.isSteady) return 'audio';
    if (this.#isWallOff(nowMs)) return 'wall';
    const isCopied = hasAudio && !isAudioEncoded;
    return isCopied && this.step.isOut(this.#copyErrorMs, nowMs) ? 'step' : undefined;
  }

  /** A run begins: the present delay of both clocks counts as correct from now on. Returns that of the video. */
  beginRun(end: RunEnd | undefined, nowMs: number): number {
    const { floor } = this.video.clock;
    const baseMs = floor.baseMs;
    const delayMs = this.video.acceptDelay();
    this.#audio?.align(this.step.settledLagMs, floor.baseMs - baseMs);
    this.step.began(end === 'step', nowMs);
    if (end === 'wall') this.#wallMendedAtMs = nowMs;
    return delayMs;
  }

  get #trustedAudioErrorMs(): number | undefined {
    const errorMs = this.#presence.isGone ? undefined : this.#audio?.errorMs;
    return errorMs !== undefined && Math.abs(errorMs) <= trustedAudioMs ? errorMs : undefined;
  }

  /** How far audio is behind video; 0 until both are known. */
  get #audioLagMs(): number {
    const { floor } = this.video.clock;
    const errorMs = this.#audio?.errorMs;
    return errorMs === undefined || !floor.isKnown ? 0 : errorMs - floor.errorMs;
  }

  /** What cannot be corrected while audio is copied: audio out of step with video, or both with the wall clock. */
  get #copyErrorMs(): number {
    const errorMs = Math.abs(this.#audio?.errorMs ?? 0);
    return Math.max(Math.abs(this.#audioLagMs), errorMs > offAudioMs ? errorMs : 0);
  }

  #isWallOff(nowMs: number): boolean {
    const { floor } = this.video.clock;
    const isOff = floor.isKnown && Math.abs(floor.errorMs) > wallToleranceMs;
    return isOff && nowMs - this.#wallMendedAtMs >= wallRestMs;
  }
}
