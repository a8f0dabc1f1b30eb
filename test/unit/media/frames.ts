import {
  videoTimescale,
  type AudioTrack,
  type Frame,
  type FrameSink,
  type FrameStream,
  type Run,
  type VideoTrack,
} from '../../../src/media/frame.ts';

/** Frames and runs for tests of what does not look into them. */

const noBytes = Buffer.alloc(0);

export const jpegTrack: VideoTrack = {
  kind: 'video',
  codec: 'mjpeg',
  timescale: videoTimescale,
  width: 64,
  height: 48,
  parameterSets: [],
  fourcc: undefined,
  extradata: noBytes,
};
export const h264Track: VideoTrack = { ...jpegTrack, codec: 'h264' };
/** Video with frames that are no keyframes, which needs no parameter sets and which browsers do not play. */
export const mpeg4Track: VideoTrack = { ...jpegTrack, codec: 'mpeg4', fourcc: 'M4S2' };
export const alawTrack: AudioTrack = {
  kind: 'audio',
  codec: 'pcm_alaw',
  timescale: 8_000,
  sampleRate: 8_000,
  channelCount: 1,
  configuration: noBytes,
};

export function runOf(video: VideoTrack, audio?: AudioTrack): Run {
  return { video, audio, originMs: Date.UTC(2026, 0, 1) };
}

/** Of video, at a time of its run in milliseconds. */
export function frameAt(timeMs: number, isKeyframe: boolean, data: readonly Buffer[]): Frame {
  const pts = Math.round((timeMs * videoTimescale) / 1000);
  const times = { pts, dts: pts, duration: 0, arrivedAtMs: timeMs };
  return { kind: 'video', ...times, isKeyframe, data };
}

export function jpegAt(timeMs: number, bytes: Buffer = Buffer.from('jpeg')): Frame {
  return frameAt(timeMs, true, [bytes]);
}

/** 8 kHz, one byte a sample. */
export function alawAt(timeMs: number, sampleCount = 320): Frame {
  const pts = timeMs * 8;
  const times = { pts, dts: pts, duration: sampleCount, arrivedAtMs: timeMs };
  return { kind: 'audio', ...times, isKeyframe: true, data: [Buffer.alloc(sampleCount, 0xd5)] };
}

/** All that a stream gives, in order. */
export class Recorder implements FrameSink {
  readonly runs: Run[] = [];
  readonly frames: Frame[] = [];
  /** `run`, `end`, and each frame as `V` (keyframe), `v` or `a` with its time in milliseconds. */
  readonly events: string[] = [];
  readonly unsubscribe: () => void;

  constructor(stream: FrameStream) {
    this.unsubscribe = stream.subscribe(this);
  }

  runBegan(run: Run): void {
    this.runs.push(run);
    this.events.push('run');
  }

  frame(frame: Frame): void {
    this.frames.push(frame);
    this.events.push(wordFor(frame, this.runs.at(-1)));
  }

  runEnded(): void {
    this.events.push('end');
  }

  get video(): readonly Frame[] {
    return this.frames.filter(({ kind }) => kind === 'video');
  }

  get audio(): readonly Frame[] {
    return this.frames.filter(({ kind }) => kind === 'audio');
  }

  /** Times of the frames of video, in milliseconds. */
  get timesMs(): readonly number[] {
    return this.video.map(({ pts }) => Math.round((pts * 1000) / videoTimescale));
  }
}

function wordFor({ kind, isKeyframe, pts }: Frame, run: Run | undefined): string {
  const timescale = kind === 'video' ? videoTimescale : (run?.audio?.timescale ?? 1);
  const name = kind === 'audio' ? 'a' : isKeyframe ? 'V' : 'v';
  return `${name}${Math.round((pts * 1000) / timescale)}`;
}
