import { silentAacFrame } from '../../../media/aac/aac-track.ts';
import { videoTimescale, type AudioTrack, type Frame } from '../../../media/frame.ts';

/**
 * Audio that begins nearer than this to the end of the audio before goes on from there: in frames, and in seconds,
 * since audio stays out of step with its video by as much.
 */
const seamFrames = 0.75;
const seamSeconds = 0.04;
/** Limit on the silence for one gap: a longer gap begins a new run. */
const maxSilentFrames = 300;

/**
 * Keeps the audio of a run free of holes and overlaps: a player stalls where a track has no data. Holes are filled with
 * silence, also when audio stays away while video arrives; audio that arrives after its silence is dropped. Audio of an
 * AAC object type or channel count for which no silence is known is passed on as it is.
 */
export class AudioContinuity {
  readonly #track: AudioTrack;
  readonly #silence: readonly Buffer[] | undefined;
  /** Where the next frame should begin, in ticks of the track; undefined before the first keyframe of video. */
  #end: number | undefined;
  #frameTicks = 1024;

  constructor(track: AudioTrack) {
    this.#track = track;
    this.#silence = silenceFor(track);
  }

  get timescale(): number {
    return this.#track.timescale;
  }

  /** Whether silence can be made: without it there is no preroll. */
  get canBeSilent(): boolean {
    return this.#silence !== undefined;
  }

  /** End of what was passed on, in ticks of the track. */
  get endTicks(): number | undefined {
    return this.#end;
  }

  /** The playlist continues at this time of the video: earlier audio is not used. */
  begin(videoTicks: number): void {
    this.#end = this.#ticksOf(videoTicks);
  }

  /** What replaces the frame in the stream: the frame itself after as much silence as is missing, or nothing. */
  take(frame: Frame): Frame[] {
    const end = this.#end;
    if (end === undefined) return [];
    if (frame.duration > 0) this.#frameTicks = frame.duration;
    if (frame.pts < end - this.#seamTicks) return [];
    const silent = frame.pts > end + this.#seamTicks ? this.#fill(frame.pts) : [];
    // Without silence the hole stays; a time that is too early by less than a seam would make two frames overlap.
    const pts = Math.max(frame.pts, this.#end ?? end);
    this.#end = pts + this.#frameTicks;
    return [...silent, { ...frame, pts, dts: pts }];
  }

  /**
   * The run, or a stretch of it, ends at this time of the video: returns the `audio` of its last part, with silence up
   * to that time. Audio that would begin later has no video and is dropped.
   */
  finish(audio: readonly Frame[], videoTicks: number): Frame[] {
    const until = this.#ticksOf(videoTicks);
    this.withdraw(audio.filter(({ pts }) => pts >= until));
    return [...audio.filter(({ pts }) => pts < until), ...this.#fill(until)];
  }

  /** The last frames that were passed on are not in any part. */
  withdraw([first]: readonly Frame[]): void {
    if (first !== undefined) this.#end = first.pts;
  }

  /** A part ends at this time of the video: returns silence if audio lags further behind than `longestLagMs`. */
  keepUp(videoTicks: number, longestLagMs: number): Frame[] {
    const latest = this.#ticksOf(videoTicks) - (longestLagMs * this.#track.timescale) / 1000;
    return this.#end === undefined || this.#end > latest ? [] : this.#fill(latest);
  }

  /**
   * Silence that begins within [`fromTicks`, `untilTicks`) of the video, in step with audio that begins at `firstPts`.
   * Does not affect the audio taken so far.
   */
  silenceBefore(firstPts: number, range: { fromTicks: number; untilTicks: number }): Frame[] {
    const data = this.#silence;
    if (data === undefined) return [];
    const ticks = this.#frameTicks;
    const from = this.#ticksOf(range.fromTicks);
    const until = Math.min(this.#ticksOf(range.untilTicks), firstPts);
    const frames: Frame[] = [];
    let pts = firstPts - Math.floor((firstPts - from) / ticks) * ticks;
    for (; pts < until && frames.length < maxSilentFrames; pts += ticks) {
      frames.push(silentFrame(pts, ticks, data));
    }
    return frames;
  }

  #fill(until: number): Frame[] {
    const frames: Frame[] = [];
    const data = this.#silence;
    let end = this.#end;
    if (data === undefined || end === undefined) return frames;
    const tolerance = Math.min(this.#frameTicks / 2, seamSeconds * this.#track.timescale);
    while (end + this.#frameTicks - tolerance <= until && frames.length < maxSilentFrames) {
      frames.push(silentFrame(end, this.#frameTicks, data));
      end += this.#frameTicks;
    }
    this.#end = end;
    return frames;
  }

  get #seamTicks(): number {
    return Math.min(seamFrames * this.#frameTicks, seamSeconds * this.#track.timescale);
  }

  #ticksOf(videoTicks: number): number {
    return Math.round((videoTicks * this.#track.timescale) / videoTimescale);
  }
}

function silentFrame(pts: number, duration: number, data: readonly Buffer[]): Frame {
  return { kind: 'audio', pts, dts: pts, duration, isKeyframe: true, arrivedAtMs: 0, data };
}

/** AAC-LC is object type 2, in the first five bits of the AudioSpecificConfig (ISO/IEC 14496-3 1.6.2.1). */
function silenceFor({ configuration, channelCount }: AudioTrack): readonly Buffer[] | undefined {
  const isLowComplexity = (configuration[0] ?? 0) >> 3 === 2;
  if (!isLowComplexity || (channelCount !== 1 && channelCount !== 2)) return undefined;
  return [silentAacFrame(channelCount)];
}
