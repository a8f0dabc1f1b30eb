import { MediaFormatError } from '../../lib/errors.ts';
import type { AudioTrack, Frame, Run, VideoTrack } from '../frame.ts';
import { transportAccessUnit, transportFrame } from './access-unit.ts';
import { adtsFrameSeconds, adtsHeader, parseAdtsFormat, type AdtsFormat } from './adts.ts';
import type { TransportTracks } from './tracks.ts';
import { readSamples, type Sample } from '../mp4/track-samples.ts';

/** What one PES packet will carry; times are ticks of 90 kHz since the start of the encoder session. */
export interface TransportUnit {
  readonly kind: 'video' | 'audio';
  readonly pts: number;
  readonly dts: number;
  /** Where the next unit of the track should begin. */
  readonly end: number;
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
 * How much of its distance from its stamp such audio makes up for. Now and then ffmpeg stamps an AAC frame a whole
 * frame late and the next one right, so that both have the same time; receivers complain of time that stands still.
 */
const seamShare = 1 / 8;

interface UnitSource {
  readonly tracks: TransportTracks;
  /** Fragments in order. */
  readonly parts: readonly Buffer[];
  /** `end` of the audio in the segment before; undefined where there is none. */
  readonly audioEnd: number | undefined;
}

/**
 * The frames of video and audio of a segment's fragments in the order of their decode times; each track keeps its own
 * order. Throws MediaFormatError.
 */
export function readTransportUnits({ tracks, parts, audioEnd }: UnitSource): TransportUnit[] {
  const video: TransportUnit[] = [];
  const frames: AacFrame[] = [];
  for (const part of parts) {
    for (const sample of readSamples(part, tracks.defaults)) {
      if (sample.trackId === tracks.video.id) video.push(videoUnit(tracks.video, sample));
      else if (sample.trackId === tracks.audio?.id) {
        frames.push({
          time: toTicks(sample.decodeTime, tracks.audio.timescale),
          bytes: sample.bytes,
        });
      }
    }
  }
  if (tracks.audio === undefined) return video;
  // ADTS has no times of its own but its order.
  frames.sort((one, other) => one.time - other.time);
  return merge(video, new AudioUnits(tracks.audio.format, audioEnd).join(frames));
}

/** Frames of a run as they are put into a transport stream. */
export interface TransportFrames {
  /** H.264 and, where there is audio, AAC. */
  readonly run: Pick<Run, 'video' | 'audio'>;
  /** Of both tracks, each in its order. */
  readonly frames: readonly Frame[];
  /** `end` of the audio in the segment before; undefined where there is none. */
  readonly audioEnd: number | undefined;
}

/** As readTransportUnits(). Throws MediaFormatError for AAC that ADTS has no fields for. */
export function unitsOfFrames({ run, frames, audioEnd }: TransportFrames): TransportUnit[] {
  const video: TransportUnit[] = [];
  const aacFrames: AacFrame[] = [];
  for (const frame of frames) {
    if (frame.kind === 'video') video.push(unitOfFrame(run.video, frame));
    else if (run.audio) aacFrames.push(aacFrameOf(run.audio, frame));
  }
  if (run.audio === undefined) return video;
  const format = parseAdtsFormat(run.audio.configuration);
  if (format === undefined) throw new MediaFormatError('ADTS has no fields for this AAC.');
  return merge(video, new AudioUnits(format, audioEnd).join(aacFrames));
}

function unitOfFrame(track: VideoTrack, frame: Frame): TransportUnit {
  const dts = Math.round(toTicks(frame.dts, track.timescale));
  const pts = Math.round(toTicks(frame.pts, track.timescale));
  return {
    kind: 'video',
    pts: Math.max(pts, dts),
    dts,
    end: toTicks(frame.dts + frame.duration, track.timescale),
    isKeyframe: frame.isKeyframe,
    payload: transportFrame(frame, track),
  };
}

function aacFrameOf({ timescale }: AudioTrack, { dts, data }: Frame): AacFrame {
  const [first = Buffer.alloc(0), ...others] = data;
  const bytes = others.length === 0 ? first : Buffer.concat(data);
  return { time: toTicks(dts, timescale), bytes };
}

interface AacFrame {
  /** In ticks of 90 kHz, not yet whole. */
  readonly time: number;
  readonly bytes: Buffer;
}

function videoUnit(track: TransportTracks['video'], sample: Sample): TransportUnit {
  const dts = Math.round(toTicks(sample.decodeTime, track.timescale));
  const shownAt = sample.decodeTime + sample.compositionOffset;
  const pts = Math.round(toTicks(shownAt, track.timescale));
  return {
    kind: 'video',
    // A frame cannot be shown before it is decoded (2.7.5).
    pts: Math.max(pts, dts),
    dts,
    end: toTicks(sample.decodeTime + sample.duration, track.timescale),
    isKeyframe: sample.isSync,
    payload: transportAccessUnit(sample, track.avcC),
  };
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
    return { kind: 'audio', pts: time, dts: time, end: this.#end, isKeyframe: false, payload };
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

/** Not yet whole, so that lengths add up without drift. */
function toTicks(time: number, timescale: number): number {
  return (time * ticksPerSecond) / timescale;
}
