import type { SourceFrame, SourceTracks } from '../../../sources/source.ts';
import { atOnceMs, FirstBursts, patienceMs } from './first-bursts.ts';

/**
 * The longest wait, in milliseconds, even if the backlog is still arriving, and the longest for a second burst. It
 * bounds the bytes that wait, too: those of three seconds at `maxBitrate`, since a second of it may come at once.
 */
const longestHoldMs = 1_000;
const longestBurstHoldMs = 2_000;
/**
 * After this many frames in a row that come no faster than they are stamped, the stream is live; a single one may just
 * follow a pause.
 */
const liveFrames = 2;
/** A longer step between stamps, in milliseconds, is not a frame interval, and one this far back is not a B-frame. */
const longestStepMs = 2_000;
const furthestBackMs = 1_000;

/** A frame and its two times, in milliseconds of the monotonic clock. */
export interface DatedFrame {
  readonly frame: SourceFrame;
  /** When it counts as having come: what its own time is judged by. */
  readonly arrivedAtMs: number;
  /** When it came: what says which tracks come at all. */
  readonly readAtMs: number;
}

interface Held extends DatedFrame {
  /** How far the stamps have run ahead of real time since the first video frame. */
  readonly leadMs: number;
}

/**
 * When a session begins, some cameras send everything they have buffered at once. If these frames were treated as live,
 * they would be only a fraction of their interval apart, or seconds ahead of the clock. So the first frames of a
 * session wait until frames come no faster than they are stamped, and then count as having arrived when they would have
 * arrived live:
 *
 *   stamped     0   40   80  120  160  200        40 ms apart
 *   came        0    1    2    3   43   83        three frames of backlog
 *   counts as -117  -77  -37   3   43   83
 *
 * Where frames come in bursts and stamps do not tell them apart, they wait until a second burst is over (FirstBursts).
 * Without stamps nothing waits.
 */
export class InitialBacklog {
  readonly #msPerTick: number;
  readonly #msPerSample: number;
  readonly #bursts = new FirstBursts();
  #held: Held[] = [];
  #isOver = false;
  #firstAtMs = 0;
  #firstStampMs = 0;
  #lastAtMs = 0;
  #newestStampMs = 0;
  #leadMs = 0;
  /** The next frame is judged by this one: the one before, unless that was too close to tell anything. */
  #judged = { atMs: 0, stampMs: 0 };
  #liveCount = 0;
  /** After a late timer: nothing is released before this time, so that sockets are read first. */
  #readAtMs = 0;

  constructor({ videoStampTimescale, audio }: SourceTracks) {
    this.#msPerTick = 1000 / videoStampTimescale;
    this.#msPerSample = 1000 / (audio?.sampleRate ?? Infinity);
  }

  /** Nothing waits any more, or ever will. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Video is waiting, and no decoder can begin with any of it. */
  get lacksKeyframe(): boolean {
    return this.#held.length > 0 && !this.#held.some(({ frame }) => isVideoKeyframe(frame));
  }

  /** When `tick` has to be called unless a frame comes first; undefined: nothing is waiting. */
  get dueAtMs(): number | undefined {
    if (this.#held.length === 0) return undefined;
    const sinceMs = this.#leadMs > 0 ? this.#lastAtMs : this.#firstAtMs;
    const dueAtMs = this.#comesInBursts ? this.#bursts.overAtMs : sinceMs + patienceMs;
    return Math.min(this.#endMs, Math.max(dueAtMs ?? Infinity, this.#readAtMs));
  }

  /**
   * Returns what has waited long enough, in order. Timers run before sockets are read, so a late timer waits until they
   * have been.
   */
  tick(nowMs: number): readonly DatedFrame[] {
    const { dueAtMs } = this;
    if (dueAtMs === undefined || nowMs < dueAtMs) return [];
    if (nowMs > dueAtMs + atOnceMs && nowMs < this.#endMs) {
      this.#readAtMs = nowMs + atOnceMs;
      return [];
    }
    if (this.#comesInBursts && nowMs < this.#endMs && !this.#bursts.isOver(nowMs)) {
      this.#bursts.joinSecond();
      return [];
    }
    return this.release();
  }

  /** Returns what is to be taken now, in order. */
  push(frame: SourceFrame, arrivedAtMs: number): readonly DatedFrame[] {
    const isFirst = this.#held.length === 0;
    // Audio before the first frame of video has no time anyway.
    if (this.#isOver || (isFirst && frame.kind === 'audio')) return [live(frame, arrivedAtMs)];
    const mayWait = isFirst ? frame.stamp !== undefined : this.#mayWait(frame, arrivedAtMs);
    if (!mayWait) {
      this.#isOver = true;
      return [...this.release(), live(frame, arrivedAtMs)];
    }
    if (frame.kind === 'video') this.#note((frame.stamp ?? 0) * this.#msPerTick, arrivedAtMs);
    this.#held.push({ ...live(frame, arrivedAtMs), leadMs: this.#leadMs });
    return [];
  }

  /** Ends the wait; returns everything that was waiting, in order. */
  release(): readonly DatedFrame[] {
    const held = this.#held;
    const intervalMs = this.#comesInBursts ? this.#bursts.intervalMs : undefined;
    this.#held = [];
    this.#isOver ||= held.length > 0;
    if (intervalMs !== undefined) return this.#spread(held, intervalMs);
    return held.map(({ frame, readAtMs, leadMs }) => {
      return { frame, arrivedAtMs: readAtMs - this.#leadMs + leadMs, readAtMs };
    });
  }

  /** Up to the newest frame, which has just come; audio so that each block has just ended. */
  #spread(held: readonly Held[], intervalMs: number): readonly DatedFrame[] {
    let videoMs = this.#lastAtMs + intervalMs;
    let audioMs = Infinity;
    const spread = [...held].reverse().map(({ frame, readAtMs }) => {
      if (frame.kind === 'video') {
        videoMs -= intervalMs;
        return { frame, arrivedAtMs: videoMs, readAtMs };
      }
      const arrivedAtMs = Math.min(readAtMs, audioMs);
      audioMs = arrivedAtMs - frame.duration * this.#msPerSample;
      return { frame, arrivedAtMs, readAtMs };
    });
    return spread.reverse();
  }

  #note(stampMs: number, arrivedAtMs: number): void {
    if (this.#held.length === 0) {
      this.#firstAtMs = arrivedAtMs;
      this.#firstStampMs = stampMs;
      this.#newestStampMs = stampMs;
      this.#judged = { atMs: arrivedAtMs, stampMs };
    }
    this.#bursts.note(arrivedAtMs, stampMs === this.#newestStampMs);
    this.#newestStampMs = Math.max(this.#newestStampMs, stampMs);
    this.#lastAtMs = arrivedAtMs;
    if (this.#liveCount > 0) return;
    const passedMs = arrivedAtMs - this.#firstAtMs;
    this.#leadMs = Math.max(this.#leadMs, this.#newestStampMs - this.#firstStampMs - passedMs);
  }

  /** Whether the frame may belong to a backlog, or show that there is one. */
  #mayWait({ kind, stamp }: SourceFrame, arrivedAtMs: number): boolean {
    if (arrivedAtMs >= this.#endMs) return false;
    if (kind === 'audio') return true;
    if (stamp === undefined) return false;
    const stampMs = stamp * this.#msPerTick;
    const stepMs = stampMs - this.#newestStampMs;
    if (stepMs > longestStepMs || stepMs < -furthestBackMs) return false;
    const { atMs, stampMs: fromMs } = this.#judged;
    const isLive = isLivePace(arrivedAtMs - atMs, stampMs - fromMs);
    if (isLive === undefined) return true;
    this.#judged = { atMs: arrivedAtMs, stampMs: Math.max(stampMs, this.#newestStampMs) };
    this.#liveCount = isLive ? this.#liveCount + 1 : 0;
    if (this.#comesInBursts) return !this.#bursts.isOver(arrivedAtMs);
    return this.#liveCount < liveFrames;
  }

  /** Stamps that have run ahead of real time tell more than bursts. */
  get #comesInBursts(): boolean {
    return this.#bursts.areThere && this.#leadMs < patienceMs;
  }

  get #endMs(): number {
    return this.#firstAtMs + (this.#comesInBursts ? longestBurstHoldMs : longestHoldMs);
  }
}

/**
 * Whether two frames come more than half as far apart as they are stamped; undefined while they are too close together
 * to tell.
 */
function isLivePace(passedMs: number, stampedMs: number): boolean | undefined {
  const isTooClose = passedMs < atOnceMs && stampedMs > 0 && stampedMs < 2 * atOnceMs;
  return isTooClose ? undefined : passedMs >= Math.max(atOnceMs, stampedMs / 2);
}

/** It counts as having come when it did. */
export function live(frame: SourceFrame, readAtMs: number): DatedFrame {
  return { frame, arrivedAtMs: readAtMs, readAtMs };
}

function isVideoKeyframe({ kind, isKeyframe }: SourceFrame): boolean {
  return kind === 'video' && isKeyframe;
}
