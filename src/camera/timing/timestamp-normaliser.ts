import { sleptMs } from '../../lib/time/patient-timer.ts';
import type { AudioTrack, Frame, Run } from '../../media/frame.ts';
import type { SourceEvent, SourceTracks } from '../../sources/source.ts';
import { InitialBacklog, live, type DatedFrame } from './arrival/initial-backlog.ts';
import { RunTicks, type TimedFrame } from './run-ticks.ts';
import { type RunEnd, SessionTiming } from './session-timing.ts';
import type { StampFault } from './source-stamps.ts';
import type { PaceHints } from './video-times.ts';
import { areSameAudio, areSameVideo, VideoFormat } from './video-format.ts';

/** How long a run waits for declared audio, in milliseconds: a block of ADPCM lasts up to 255 ms. */
const audioPatienceMs = 300;
/** Bound on the frames that wait for it, which a burst might reach. */
const maxHeldFrames = 128;
/** If this machine's wall clock was stepped by more than this, declared times begin anew. In milliseconds. */
const wallStepMs = 500;

export type NormaliserEvent =
  { readonly type: 'run'; readonly run: Run } | { readonly type: 'frame'; readonly frame: Frame };

/** What metrics and the API say about a camera's time. */
export interface TimingFacts {
  /** Camera's clock minus arrival since the session began; undefined without stamps. */
  readonly clockSkewSeconds: number | undefined;
  /** Seconds of the camera's clock in a second of arrival, of the last minutes; undefined until known. */
  readonly clockRatio: number | undefined;
  /** Why the stamps are not used; undefined while they are. */
  readonly stampFault: StampFault | undefined;
  /** The camera's own pace; undefined before the second frame. */
  readonly frameIntervalMs: number | undefined;
  /** Frames come in bursts and are spread without the help of stamps: even steps between them are no evidence. */
  readonly isSpread: boolean;
  /** Longest keyframe interval of this session, by arrival; undefined until two keyframes came. */
  readonly longestKeyframeMs: number | undefined;
  /** Video frames arrive, but no decoder can begin with any of them yet. */
  readonly isWaitingForKeyframe: boolean;
  /** Copied audio keeps getting out of step with the video. */
  readonly needsAudioEncoding: boolean;
}

/** What is known about one session, and forgotten when it ends. */
interface SessionState {
  tracks: SourceTracks;
  readonly backlog: InitialBacklog;
  readonly timing: SessionTiming;
  format: VideoFormat | undefined;
}

/**
 * Turns what successive sessions deliver into runs of frames with steady times. Pure: arrival times are passed in.
 * Those of the first frames of a session are corrected first (InitialBacklog).
 *
 *   stamp ───▶ SourceStamps ─▶ ClockFollower ─┐ time by the              minus the run's
 *              unroll, judge   line, slope    ├─▶ monotonic ─▶ DecodeOrder ─▶ zero, in ticks ─▶ Frame
 *   arrival ─▶ ArrivalPace (no good stamps) ──┘   clock
 *                                                   └─▶ DelayFloor: how the times stand against arrival
 *   audio ───▶ samples are counted; video follows audio where audio agrees with arrival, else arrival itself
 *
 * A run begins with a keyframe, once size and parameter sets are known. The next one begins when they or the tracks
 * change, when keyframes turn out to be recovery points of an intra refresh, or complete pictures again, after a hole
 * of several of the camera's frame intervals, when audio comes or goes for good, when copied audio is out of step, and
 * when the declared wall clock would be off by a second. A camera's clock that jumps, or stands still, begins no run:
 * times continue from the arrival.
 */
export class TimestampNormaliser {
  readonly #wallAt: (monotonicMs: number) => number;
  #session: SessionState | undefined;
  #run: RunTicks | undefined;
  #wallOffsetMs = 0;
  #isWaiting = false;
  /** The first frames of a run that waits for its audio. */
  #held: TimedFrame[] = [];
  #heldEnd: RunEnd | undefined;
  /** Until when they wait. */
  #heldUntilMs = 0;
  /**
   * Known from the last session: its pace and drift, its reordering depth, whether its keyframes were complete
   * pictures, and whether audio was declared but did not come.
   */
  #paceHints: PaceHints = { intervalMs: undefined, rate: 1 };
  #depthHint = 0;
  #hadIntraRefresh = false;
  #wasSilent = false;
  /** Audio goes through an encoder, which stretches it where it has to: it follows the video. */
  isAudioEncoded = false;

  /** `wallAt`: the wall clock, in milliseconds since the epoch, at a time of the monotonic clock that is about now. */
  constructor(wallAt: (monotonicMs: number) => number) {
    this.#wallAt = wallAt;
  }

  /** A session begins; nothing from the last one enters its runs. */
  begin(): void {
    this.end();
  }

  /** Releases what was waiting. */
  end(): readonly NormaliserEvent[] {
    const waited = [
      ...this.#takeAll(this.#session?.backlog.release() ?? []),
      ...this.#release(undefined),
    ];
    const { timing, format } = this.#session ?? {};
    if (timing !== undefined) {
      this.#hadIntraRefresh = format?.track.hasIntraRefresh ?? this.#hadIntraRefresh;
      this.#paceHints = {
        intervalMs: timing.video.intervalMs ?? this.#paceHints.intervalMs,
        rate: timing.video.clock.lastingRate ?? this.#paceHints.rate,
      };
      this.#depthHint = timing.video.order.seenDepth;
      this.#wasSilent = timing.audio !== undefined && !timing.presence.hasCome;
    }
    this.#session = undefined;
    this.#run = undefined;
    this.#isWaiting = false;
    return waited;
  }

  get facts(): TimingFacts {
    const timing = this.#session?.timing;
    const skewMs = timing?.video.stamps.skewMs;
    return {
      clockSkewSeconds: skewMs === undefined ? undefined : skewMs / 1000,
      clockRatio: timing?.video.clock.ratio,
      stampFault: timing?.video.stamps.fault,
      frameIntervalMs: timing?.video.intervalMs,
      isSpread: timing?.video.isSpread ?? false,
      longestKeyframeMs: timing?.keyframes.longestMs,
      isWaitingForKeyframe: this.#isWaiting || this.#session?.backlog.lacksKeyframe === true,
      needsAudioEncoding: timing?.step.needsEncoding ?? false,
    };
  }

  /** When tick() has to be called unless something is pushed first; undefined: nothing is waiting. */
  get dueAtMs(): number | undefined {
    return this.#session?.backlog.dueAtMs ?? this.#audioDueAtMs;
  }

  /** The start of a session, or of a run that waited for its audio, has waited long enough. */
  tick(nowMs: number): readonly NormaliserEvent[] {
    const events = this.#takeAll(this.#session?.backlog.tick(nowMs) ?? []);
    return [...events, ...this.#tickAudio(nowMs)];
  }

  push(event: SourceEvent, arrivedAtMs: number): readonly NormaliserEvent[] {
    if (event.type === 'corrupt') return [];
    if (event.type === 'tracks') return this.#takeTracks(event.tracks);
    const backlog = this.#session?.backlog;
    if (backlog === undefined) return [];
    const { frame } = event;
    if (backlog.isOver) return this.#take(live(frame, arrivedAtMs));
    return this.#takeAll(backlog.push(frame, arrivedAtMs));
  }

  #takeAll(frames: readonly DatedFrame[]): readonly NormaliserEvent[] {
    return frames.flatMap((frame) => this.#take(frame));
  }

  #take(dated: DatedFrame): readonly NormaliserEvent[] {
    const session = this.#session;
    if (session === undefined) return [];
    this.#noteSleep(dated.readAtMs);
    const due = this.#tickAudio(dated.readAtMs);
    const events =
      dated.frame.kind === 'video'
        ? this.#takeVideo(session, dated)
        : this.#takeAudio(session, dated);
    return due.length === 0 ? events : [...due, ...events];
  }

  get #audioDueAtMs(): number | undefined {
    return this.#held.length === 0 ? undefined : this.#heldUntilMs;
  }

  #tickAudio(nowMs: number): readonly NormaliserEvent[] {
    return nowMs >= (this.#audioDueAtMs ?? Infinity) ? this.#release(undefined) : [];
  }

  #takeTracks(tracks: SourceTracks): readonly NormaliserEvent[] {
    const session = this.#session;
    const hadIntraRefresh = session?.format?.track.hasIntraRefresh ?? this.#hadIntraRefresh;
    const format = tracks.video && new VideoFormat(tracks.video, hadIntraRefresh);
    const isOtherClock = session?.tracks.videoStampTimescale !== tracks.videoStampTimescale;
    const isOtherAudio = !areSameAudio(tracks.audio, session?.tracks.audio);
    const isOtherVideo = !areSameVideo(tracks.video, session?.tracks.video);
    if (!isOtherClock && !isOtherAudio && !isOtherVideo) return [];
    const waited = this.#takeAll(session?.backlog.release() ?? []);
    if (isOtherClock) {
      this.#session = {
        tracks,
        backlog: new InitialBacklog(tracks),
        timing: new SessionTiming(tracks, this.#paceHints),
        format,
      };
    } else {
      if (isOtherAudio) session.timing.setAudio(tracks);
      session.tracks = tracks;
      session.format = format;
    }
    this.#stopRun();
    return waited;
  }

  #stopRun(): void {
    this.#run = undefined;
    this.#held = [];
  }

  #takeVideo(session: SessionState, dated: DatedFrame): readonly NormaliserEvent[] {
    const { timing, format } = session;
    const { frame, arrivedAtMs } = dated;
    if (format === undefined) return [];
    const isOtherFormat = format.note(frame);
    if (isOtherFormat || timing.isBehindHole(arrivedAtMs)) this.#stopRun();
    const isRunning = this.#run !== undefined || this.#held.length > 0;
    const canBegin = frame.isKeyframe && format.isComplete;
    const end =
      canBegin && this.#run !== undefined
        ? this.#endOf(this.#run, session, arrivedAtMs)
        : undefined;
    const begins = canBegin && (!isRunning || end !== undefined);
    if (begins) timing.video.startRun(this.#depthOf(format, timing));
    timing.takeVideo(dated, this.isAudioEncoded);
    this.#isWaiting = !begins && !isRunning;
    if (this.#isWaiting) return [];
    const { ptsMs, dtsMs } = timing.video;
    const timed: TimedFrame = { ...dated, ptsMs, dtsMs };
    if (begins) return this.#beginRun(timed, session, end);
    if (this.#run !== undefined) return [{ type: 'frame', frame: this.#run.video(timed) }];
    this.#held.push(timed);
    return this.#held.length < maxHeldFrames ? [] : this.#release(undefined);
  }

  #takeAudio({ timing, tracks }: SessionState, dated: DatedFrame): readonly NormaliserEvent[] {
    if (!timing.takeAudio(dated, this.isAudioEncoded)) return [];
    const { frame, arrivedAtMs } = dated;
    const events = this.#held.length > 0 ? this.#release(tracks.audio) : [];
    const { timeMs, isContinuous } = timing.audio ?? { timeMs: 0, isContinuous: false };
    const block = this.#run?.audioBlock(frame, { arrivedAtMs, timeMs, isContinuous });
    return block === undefined ? events : [...events, { type: 'frame', frame: block }];
  }

  #depthOf({ track, reorderDepth }: VideoFormat, timing: SessionTiming): number {
    if (track.codec === 'mjpeg') return 0;
    return reorderDepth ?? Math.max(timing.video.order.seenDepth, this.#depthHint);
  }

  #endOf(run: RunTicks, { timing, format }: SessionState, nowMs: number): RunEnd | undefined {
    const hasAudio = run.audio !== undefined;
    const end = timing.runEnd(hasAudio, this.isAudioEncoded, nowMs);
    if (end !== undefined) return end;
    const { depth } = timing.video.order;
    if (format !== undefined && this.#depthOf(format, timing) > depth) return 'order';
    const stepMs = this.#wallAt(nowMs) - nowMs - this.#wallOffsetMs;
    return Math.abs(stepMs) > wallStepMs ? 'wall' : undefined;
  }

  #beginRun(
    first: TimedFrame,
    session: SessionState,
    end: RunEnd | undefined,
  ): readonly NormaliserEvent[] {
    const { audio } = session.tracks;
    const { presence } = session.timing;
    this.#run = undefined;
    this.#held = [first];
    this.#heldEnd = end;
    this.#heldUntilMs = first.readAtMs + audioPatienceMs;
    const mayStillCome = !presence.hasCome && !this.#wasSilent;
    const isAwaited = mayStillCome && session.timing.ageMs(first.readAtMs) < audioPatienceMs;
    if (session.timing.audio !== undefined && isAwaited) return [];
    return this.#release(presence.hasCome && !presence.isGone ? audio : undefined);
  }

  /** If this is read so late, the process was asleep: the audio that the camera sent meanwhile is read next. */
  #noteSleep(readAtMs: number): void {
    const dueAtMs = this.#audioDueAtMs;
    const [first] = this.#held;
    const isFirstWait =
      dueAtMs !== undefined && dueAtMs === (first?.readAtMs ?? 0) + audioPatienceMs;
    if (isFirstWait && readAtMs - dueAtMs >= sleptMs) {
      this.#heldUntilMs = readAtMs + audioPatienceMs;
    }
  }

  /** The run begins, with or without audio, and the frames that waited for it go out. */
  #release(audio: AudioTrack | undefined): readonly NormaliserEvent[] {
    const held = this.#held;
    const [first] = held;
    const { timing, format } = this.#session ?? {};
    this.#held = [];
    if (first === undefined || timing === undefined || format === undefined) return [];
    const nowMs = held.at(-1)?.arrivedAtMs ?? first.arrivedAtMs;
    const delayMs = timing.beginRun(this.#heldEnd, nowMs);
    this.#wallOffsetMs = this.#wallAt(nowMs) - nowMs;
    const run = new RunTicks(first.dtsMs, { video: format.track, audio });
    this.#run = run;
    const originMs = first.dtsMs + delayMs + this.#wallOffsetMs;
    return [
      { type: 'run', run: { video: format.track, audio, originMs } },
      ...held.map((timed): NormaliserEvent => ({ type: 'frame', frame: run.video(timed) })),
    ];
  }
}
