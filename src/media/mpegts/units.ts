import { MediaFormatError } from '../../lib/errors.ts';
import type { AudioTrack, Frame, Run, VideoTrack } from '../frame.ts';
import { transportAccessUnit } from './access-unit.ts';
import { adtsFrameSeconds, adtsHeader, parseAdtsFormat, type AdtsFormat } from './adts.ts';

/** What one PES packet will carry; times are ticks of 90 kHz. */
export interface TransportUnit {
  readonly kind: 'video' | 'audio';
  readonly pts: number;
  readonly dts: number;
  readonly isKeyframe: boolean;
  readonly payload: readonly Buffer[];
}

/** Ticks of a transport stream's clocks per second. */
const ticksPerSecond = 90_000;
/**
 * AAC frames that share a PES packet, about 100 ms at 48 kHz: alone each would waste half of a transport packet.
 */
const framesTogether = 5;
/** Audio that begins nearer than this to the end of the audio before goes on from there, in ticks of 90 kHz: 50 ms. */
const seamTicks = 4_500;
/**
 * The share of its offset from its stamp that such audio makes up for. Cameras stamp their audio with some jitter, and
 * receivers complain of time that jumps or stands still.
 */
const seamShare = 1 / 8;

/** Frames of a run as they are put into a transport stream. */
export interface TransportFrames {
  /** H.264 and, where there is audio, AAC. */
  readonly run: Pick<Run, 'video' | 'audio'>;
  /** Of both tracks, each in its order. */
  readonly frames: Iterable<TransportFrame>;
  /** Where the audio of the previous segment ends, in ticks of 90 kHz; undefined if there is none. */
  readonly audioEnd: number | undefined;
}

export type TransportFrame = Pick<Frame, 'kind' | 'pts' | 'dts' | 'isKeyframe' | 'data'>;

/**
 * Units in the order of their decode times; each track keeps its own order. Throws MediaFormatError for AAC that ADTS
 * has no fields for.
 */
export function transportUnits({ run, frames, audioEnd }: TransportFrames): {
  units: TransportUnit[];
  audioEnd: number | undefined;
} {
  const video: TransportUnit[] = [];
  const aacFrames: AacFrame[] = [];
  for (const frame of frames) {
    if (frame.kind === 'video') video.push(videoUnit(run.video, frame));
    else if (run.audio) aacFrames.push(aacFrameOf(run.audio, frame));
  }
  if (run.audio === undefined) return { units: video, audioEnd };
  const format = parseAdtsFormat(run.audio.configuration);
  if (format === undefined) throw new MediaFormatError('ADTS has no fields for this AAC.');
  const audio = new AudioUnits(format, audioEnd);
  const units = merge(video, audio.join(aacFrames));
  return { units, audioEnd: audio.end };
}

function videoUnit(track: VideoTrack, frame: TransportFrame): TransportUnit {
  const dts = Math.round(toTicks(frame.dts, track.timescale));
  const pts = Math.round(toTicks(frame.pts, track.timescale));
  return {
    kind: 'video',
    // A frame cannot be shown before it is decoded (2.7.5).
    pts: Math.max(pts, dts),
    dts,
    isKeyframe: frame.isKeyframe,
    payload: transportAccessUnit(frame, track),
  };
}

function aacFrameOf({ timescale }: AudioTrack, { dts, data }: TransportFrame): AacFrame {
  const [first = Buffer.alloc(0), ...others] = data;
  const bytes = others.length === 0 ? first : Buffer.concat(data);
  return { time: toTicks(dts, timescale), bytes };
}

interface AacFrame {
  /** In ticks of 90 kHz, not rounded yet. */
  readonly time: number;
  readonly bytes: Buffer;
}

/** AAC frames gathered into units. */
class AudioUnits {
  readonly #format: AdtsFormat;
  /** Far from every stamp where nothing goes before. */
  #end: number;

  constructor(format: AdtsFormat, end: number | undefined) {
    this.#format = format;
    this.#end = end ?? -Infinity;
  }

  /** Where the next frame should begin, in ticks of 90 kHz; undefined before the first. */
  get end(): number | undefined {
    return Number.isFinite(this.#end) ? this.#end : undefined;
  }

  join(frames: readonly AacFrame[]): TransportUnit[] {
    const units: TransportUnit[] = [];
    const frameTicks = adtsFrameSeconds(this.#format) * ticksPerSecond;
    let together: AacFrame[] = [];
    let start = 0;
    for (const frame of frames) {
      const stamp = frame.time;
      const isSeamless = Math.abs(stamp - this.#end) <= seamTicks;
      if (together.length === framesTogether || (together.length > 0 && !isSeamless)) {
        units.push(this.#unit(together, start));
        together = [];
      }
      const begin = isSeamless ? this.#end + (stamp - this.#end) * seamShare : stamp;
      if (together.length === 0) start = begin;
      together.push(frame);
      this.#end = begin + frameTicks;
    }
    return together.length > 0 ? [...units, this.#unit(together, start)] : units;
  }

  #unit(frames: readonly AacFrame[], start: number): TransportUnit {
    const format = this.#format;
    const payload = frames.flatMap(({ bytes }) => [adtsHeader(format, bytes.length), bytes]);
    const time = Math.round(start);
    return { kind: 'audio', pts: time, dts: time, isKeyframe: false, payload };
  }
}

function merge(video: readonly TransportUnit[], audio: readonly TransportUnit[]): TransportUnit[] {
  const units: TransportUnit[] = [];
  let next = 0;
  for (const frame of video) {
    for (let unit = audio[next]; unit && unit.dts < frame.dts; unit = audio[next]) {
      units.push(unit);
      next += 1;
    }
    units.push(frame);
  }
  return [...units, ...audio.slice(next)];
}

/** Not rounded, so that lengths add up without drift. */
function toTicks(time: number, timescale: number): number {
  return (time * ticksPerSecond) / timescale;
}
