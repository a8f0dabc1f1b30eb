import { writeFragment, type WrittenRun, type WrittenSample } from './fragment-writer.ts';
import type { SampleDefaults } from './track-runs.ts';
import { readSamples, type Sample } from './track-samples.ts';
import type { AudioTrack, InitSegment, VideoTrack } from './types.ts';

/** A moment of still picture that stands before the first keyframe of a stream. */
export interface Preroll {
  /** Fragments in a row, each the keyframe, held, and silence where the stream has sound. */
  readonly parts: readonly Buffer[];
  /** How much later than it says the media behind it is to be stamped, in ticks, by track_ID. */
  readonly shiftTicks: ReadonlyMap<number, number>;
}

/** Silent AAC-LC access units as encoders write them (ISO/IEC 14496-3), by channel count. */
const silentUnits: Readonly<Record<number, Buffer>> = {
  1: Buffer.from('01182007', 'hex'),
  2: Buffer.from('211004608c1c', 'hex'),
};
const silentCodec = 'mp4a.40.2';
/** PCM samples, so ticks of the track, in an access unit. */
const aacTicks = 1024;

export interface PrerollOptions {
  readonly defaults: ReadonlyMap<number, SampleDefaults>;
  /** What the fragments are to be stamped later by without the preroll, in ticks, by track_ID; undefined adds nothing. */
  readonly shiftTicks: ReadonlyMap<number, number> | undefined;
  readonly partCount: number;
  readonly partSeconds: number;
}

/**
 * The last picture and the last silence last this much longer at least, over what follows: hls.js loads a part again when
 * the buffer ends a rounding error before it.
 */
const overlapSeconds = 0.01;

/**
 * Holds the first picture of `fragments`, which begin with a keyframe. Sound needs its silence: a player shows nothing of
 * a time for which a track has no data. undefined where that cannot be made. Throws MediaFormatError.
 */
export function makePreroll(
  { tracks }: Pick<InitSegment, 'tracks'>,
  fragments: readonly Buffer[],
  options: PrerollOptions,
): Preroll | undefined {
  const { shiftTicks: before, partCount, partSeconds } = options;
  const video = tracks.find((track) => track.kind === 'video');
  const audio = tracks.find((track) => track.kind === 'audio');
  const firsts = firstSamples(fragments, options);
  const picture = video && firsts.get(video.id);
  if (video === undefined || picture === undefined) return undefined;
  const silence = audio && silentUnit(audio);
  if (audio !== undefined && silence === undefined) return undefined;
  const soundTicks =
    audio &&
    (firsts.get(audio.id)?.decodeTime ??
      Math.round((picture.decodeTime * audio.timescale) / video.timescale));
  const parts = Array.from({ length: partCount }, (_, index) => {
    const time = { fromSeconds: index * partSeconds, untilSeconds: (index + 1) * partSeconds };
    const runs = [pictureRun(video, picture, time)];
    if (audio && silence && soundTicks !== undefined) {
      runs.push(silentRun(audio, { soundTicks, silence, ...time }));
    }
    return writeFragment(0, runs);
  });
  const shiftTicks = new Map(
    tracks.map(({ id, timescale }) => {
      return [id, (before?.get(id) ?? 0) + Math.round(partCount * partSeconds * timescale)];
    }),
  );
  return { parts, shiftTicks };
}

interface PartTime {
  readonly fromSeconds: number;
  readonly untilSeconds: number;
}

function pictureRun(video: VideoTrack, picture: Sample, time: PartTime): WrittenRun {
  const from = Math.round(time.fromSeconds * video.timescale);
  const until = Math.round((time.untilSeconds + overlapSeconds) * video.timescale);
  const samples = [{ ...picture, isSync: true, duration: until - from }];
  return { trackId: video.id, decodeTime: picture.decodeTime + from, samples };
}

/** The silent units that begin in this part; the last one reaches over its end. */
function silentRun(
  audio: AudioTrack,
  part: PartTime & { readonly soundTicks: number; readonly silence: Buffer },
): WrittenRun {
  const first = Math.ceil((part.fromSeconds * audio.timescale) / aacTicks);
  const end = Math.ceil((part.untilSeconds * audio.timescale) / aacTicks);
  const sample: WrittenSample = {
    duration: aacTicks,
    compositionOffset: 0,
    isSync: true,
    bytes: part.silence,
  };
  const samples = Array.from({ length: end - first }, () => sample);
  return { trackId: audio.id, decodeTime: part.soundTicks + first * aacTicks, samples };
}

function silentUnit({ codecString, channelCount }: AudioTrack): Buffer | undefined {
  return codecString === silentCodec ? silentUnits[channelCount] : undefined;
}

/** The first sample of each track, at the time when it would be shown without the preroll. */
function firstSamples(
  fragments: readonly Buffer[],
  { defaults, shiftTicks }: Pick<PrerollOptions, 'defaults' | 'shiftTicks'>,
): Map<number, Sample> {
  const firsts = new Map<number, Sample>();
  for (const fragment of fragments) {
    for (const sample of readSamples(fragment, defaults)) {
      const { trackId, decodeTime } = sample;
      if (firsts.has(trackId)) continue;
      firsts.set(trackId, { ...sample, decodeTime: decodeTime + (shiftTicks?.get(trackId) ?? 0) });
    }
  }
  return firsts;
}
