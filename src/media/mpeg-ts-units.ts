import { transportAccessUnit } from './mpeg-ts-access-unit.ts';
import { adtsFrameSeconds, adtsHeader } from './mpeg-ts-adts.ts';
import type { TransportTracks } from './mpeg-ts-tracks.ts';
import { readSamples, type Sample } from './track-samples.ts';

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
/** Sound that begins nearer than this to the end of the sound before goes on from there, in ticks of 90 kHz: 50 ms. */
const seamTicks = 4_500;
/**
 * How much of its distance from its stamp such sound makes up for. Now and then ffmpeg stamps an AAC frame a whole frame
 * late and the next one right, so that both have the same time; receivers complain of time that stands still.
 */
const seamShare = 1 / 8;

interface UnitSource {
  readonly tracks: TransportTracks;
  /** Fragments in order. */
  readonly parts: readonly Buffer[];
  /** `end` of the sound in the segment before; undefined where there is none. */
  readonly soundEnd: number | undefined;
}

/**
 * The pictures and the sound of a segment's fragments in the order of their decode times; each track keeps its own order.
 * Throws MediaFormatError.
 */
export function readTransportUnits({ tracks, parts, soundEnd }: UnitSource): TransportUnit[] {
  const video: TransportUnit[] = [];
  const frames: Sample[] = [];
  for (const part of parts) {
    for (const sample of readSamples(part, tracks.defaults)) {
      if (sample.trackId === tracks.video.id) video.push(videoUnit(tracks.video, sample));
      else if (sample.trackId === tracks.audio?.id) frames.push(sample);
    }
  }
  if (tracks.audio === undefined) return video;
  // ADTS has no times of its own but its order.
  frames.sort((one, other) => one.decodeTime - other.decodeTime);
  return merge(video, new SoundUnits(tracks.audio, soundEnd).join(frames));
}

function videoUnit(track: TransportTracks['video'], sample: Sample): TransportUnit {
  const dts = Math.round(toTicks(sample.decodeTime, track.timescale));
  const shownAt = sample.decodeTime + sample.compositionOffset;
  const pts = Math.round(toTicks(shownAt, track.timescale));
  return {
    kind: 'video',
    // A picture cannot be shown before it is decoded (2.7.5).
    pts: Math.max(pts, dts),
    dts,
    end: toTicks(sample.decodeTime + sample.duration, track.timescale),
    isKeyframe: sample.isSync,
    payload: transportAccessUnit(sample, track.avcC),
  };
}

/** AAC frames gathered into units. */
class SoundUnits {
  readonly #track: NonNullable<TransportTracks['audio']>;
  /** Far from every stamp where nothing goes before. */
  #end: number;

  constructor(track: NonNullable<TransportTracks['audio']>, end: number | undefined) {
    this.#track = track;
    this.#end = end ?? -Infinity;
  }

  join(frames: readonly Sample[]): TransportUnit[] {
    const units: TransportUnit[] = [];
    const frameTicks = adtsFrameSeconds(this.#track.format) * ticksPerSecond;
    let together: Sample[] = [];
    let start = 0;
    for (const frame of frames) {
      const stamp = toTicks(frame.decodeTime, this.#track.timescale);
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

  #unit(frames: readonly Sample[], start: number): TransportUnit {
    const { format } = this.#track;
    const payload = frames.flatMap(({ bytes }) => [adtsHeader(format, bytes.length), bytes]);
    const time = Math.round(start);
    return { kind: 'audio', pts: time, dts: time, end: this.#end, isKeyframe: false, payload };
  }
}

function merge(video: readonly TransportUnit[], audio: readonly TransportUnit[]): TransportUnit[] {
  const units: TransportUnit[] = [];
  let next = 0;
  for (const picture of video) {
    for (let unit = audio[next]; unit && unit.dts < picture.dts; unit = audio[next]) {
      units.push(unit);
      next += 1;
    }
    units.push(picture);
  }
  return [...units, ...audio.slice(next)];
}

/** Not yet whole, so that lengths add up without drift. */
function toTicks(time: number, timescale: number): number {
  return (time * ticksPerSecond) / timescale;
}
