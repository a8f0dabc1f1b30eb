import {
  TimestampNormaliser,
  type NormaliserEvent,
} from '../../../../src/camera/timing/timestamp-normaliser.ts';
import type { AudioTrack, Frame, Run, VideoTrack } from '../../../../src/media/frame.ts';
import type { SourceFrame, SourceTracks } from '../../../../src/sources/source.ts';

/** The wall clock of these tests, minus the monotonic one. */
export const wallOffsetMs = 1_800_000_000_000;
/** When the first frame comes, by the monotonic clock. */
export const startMs = 5_000_000;

export const jpegTrack: VideoTrack = {
  kind: 'video',
  codec: 'mjpeg',
  timescale: 90_000,
  width: 640,
  height: 480,
  parameterSets: [],
  fourcc: undefined,
  extradata: Buffer.alloc(0),
};
/** Frames that may be out of order, without parameter sets. */
export const mpeg4Track: VideoTrack = { ...jpegTrack, codec: 'mpeg4' };
export const pcmTrack: AudioTrack = {
  kind: 'audio',
  codec: 'pcm_alaw',
  timescale: 8_000,
  sampleRate: 8_000,
  channelCount: 1,
  configuration: Buffer.alloc(0),
};

export function tracksOf(video: VideoTrack, audio?: AudioTrack): SourceTracks {
  return { video, audio, videoStampTimescale: 1_000, audioStampTimescale: 1_000 };
}

export function videoFrame(
  stamp: number | undefined,
  isKeyframe = true,
  data: readonly Buffer[] = [],
): SourceFrame {
  return { kind: 'video', stamp, duration: 0, isKeyframe, data };
}

/** A block of 40 ms. */
export function audioBlock(stamp: number | undefined, duration = 320): SourceFrame {
  return { kind: 'audio', stamp, duration, isKeyframe: true, data: [] };
}

export interface Input {
  readonly frame: SourceFrame;
  /** Milliseconds since `startMs`. */
  readonly at: number;
}

export interface Outcome {
  readonly runs: readonly Run[];
  readonly video: readonly TimedOutput[];
  readonly audio: readonly TimedOutput[];
  readonly normaliser: TimestampNormaliser;
}

/** Of one frame given out. */
export interface TimedOutput {
  readonly frame: Frame;
  /** Which run, from 0. */
  readonly run: number;
  /** Since the beginning of its run. */
  readonly ptsMs: number;
  readonly dtsMs: number;
  /** Declared wall clock of the frame minus the true time of its arrival. */
  readonly wallErrorMs: number;
}

export function newNormaliser(offsetMs = (): number => wallOffsetMs): TimestampNormaliser {
  return new TimestampNormaliser((monotonicMs) => monotonicMs + offsetMs());
}

/** One session, in order of arrival. */
export function play(
  inputs: readonly Input[],
  tracks: SourceTracks = tracksOf(jpegTrack),
  normaliser = newNormaliser(),
): Outcome {
  const session = new Session(tracks, normaliser);
  let now = 0;
  for (const { frame, at } of inputs) {
    for (let { dueAt } = session; dueAt !== undefined && dueAt < at; { dueAt } = session) {
      now = Math.max(now, dueAt);
      session.tick(now);
    }
    session.push(frame, at);
    now = at;
  }
  return session;
}

/** A session that a test goes through step by step, at milliseconds since `startMs`, and what has come out of it. */
export class Session implements Outcome {
  readonly runs: Run[] = [];
  readonly video: TimedOutput[] = [];
  readonly audio: TimedOutput[] = [];
  readonly normaliser: TimestampNormaliser;

  constructor(tracks: SourceTracks = tracksOf(jpegTrack), normaliser = newNormaliser(), at = 0) {
    this.normaliser = normaliser;
    normaliser.begin();
    this.setTracks(tracks, at);
  }

  setTracks(tracks: SourceTracks, at: number): void {
    this.#take(this.normaliser.push({ type: 'tracks', tracks }, startMs + at));
  }

  /** Returns what comes out at once. */
  push(frame: SourceFrame, at: number): readonly NormaliserEvent[] {
    return this.#take(this.normaliser.push({ type: 'frame', frame }, startMs + at));
  }

  tick(at: number): readonly NormaliserEvent[] {
    return this.#take(this.normaliser.tick(startMs + at));
  }

  /** When `tick` has to be called. */
  get dueAt(): number | undefined {
    const { dueAtMs } = this.normaliser;
    return dueAtMs === undefined ? undefined : dueAtMs - startMs;
  }

  #take(events: readonly NormaliserEvent[]): readonly NormaliserEvent[] {
    for (const event of events) {
      if (event.type === 'run') this.runs.push(event.run);
      else this.#takeFrame(event.frame);
    }
    return events;
  }

  #takeFrame(frame: Frame): void {
    const run = this.runs.at(-1);
    if (run === undefined) throw new Error('A frame came before its run.');
    const timescale = frame.kind === 'video' ? run.video.timescale : (run.audio?.timescale ?? 0);
    const ptsMs = (frame.pts * 1000) / timescale;
    const dtsMs = (frame.dts * 1000) / timescale;
    const wallErrorMs = run.originMs + ptsMs - (frame.arrivedAtMs + wallOffsetMs);
    const output = { frame, run: this.runs.length - 1, ptsMs, dtsMs, wallErrorMs };
    (frame.kind === 'video' ? this.video : this.audio).push(output);
  }
}

/** `count` frames of `intervalMs` apart, stamped with `stampMs` each. */
export function steady(count: number, intervalMs: number, stampMs = intervalMs): Input[] {
  return Array.from({ length: count }, (_, index) => ({
    frame: videoFrame(Math.round(index * stampMs)),
    at: index * intervalMs,
  }));
}

export function inOrder(...inputs: readonly (readonly Input[])[]): Input[] {
  return inputs.flat().sort((one, other) => one.at - other.at);
}

/** Each comes up to `ms` later, in the same order. */
export function jittered(inputs: readonly Input[], ms: number, random = noise()): Input[] {
  return inputs
    .map(({ frame, at }) => ({ frame, at: at + random() * ms }))
    .sort((one, other) => one.at - other.at);
}

/** Blocks of 40 ms that come when they are whole, `rate` times as fast as they should. */
export function steadyAudio(count: number, rate = 1): Input[] {
  return Array.from({ length: count }, (_, index) => ({
    frame: audioBlock(index * 40),
    at: ((index + 1) * 40) / rate,
  }));
}

/** Distances between neighbours. */
export function steps(outputs: readonly TimedOutput[]): number[] {
  return outputs.slice(1).map(({ ptsMs }, index) => ptsMs - (outputs[index]?.ptsMs ?? 0));
}

/** The same numbers in each test run, 0 to 1 (a linear congruential generator of Numerical Recipes). */
export function noise(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
