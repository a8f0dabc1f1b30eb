import { writeFragment, type WrittenRun, type WrittenSample } from './fragment-writer.ts';
import type { SampleDefaults } from './track-runs.ts';
import { readSamples, type Sample } from './track-samples.ts';
import type { AudioTrack, InitSegment } from './types.ts';

/** A moment of still picture that stands before the first keyframe of a stream. */
export interface Preroll {
  /** One fragment: the keyframe, held, and silence where the stream has sound. */
  readonly bytes: Buffer;
  readonly durationSeconds: number;
  /** How much later the media behind it is to be stamped, in ticks, by track_ID. */
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

/**
 * Holds the first picture of `fragments`, which begin with a keyframe, for at most `longestSeconds`. Sound needs its
 * silence: a player shows nothing of a time for which a track has no data. undefined where that cannot be made. Throws
 * MediaFormatError.
 */
export function makePreroll(
  { tracks }: Pick<InitSegment, 'tracks'>,
  fragments: readonly Buffer[],
  options: {
    readonly defaults: ReadonlyMap<number, SampleDefaults>;
    readonly longestSeconds: number;
  },
): Preroll | undefined {
  const { defaults, longestSeconds } = options;
  const video = tracks.find((track) => track.kind === 'video');
  const audio = tracks.find((track) => track.kind === 'audio');
  const firsts = firstSamples(fragments, defaults);
  const picture = video && firsts.get(video.id);
  const silence = audio && silentSamples(audio, longestSeconds);
  if (video === undefined || picture === undefined) return undefined;
  if (audio !== undefined && silence === undefined) return undefined;
  const durationSeconds =
    audio && silence ? (silence.length * aacTicks) / audio.timescale : longestSeconds;
  const duration = Math.round(durationSeconds * video.timescale);
  const { decodeTime } = picture;
  const runs: WrittenRun[] = [
    { trackId: video.id, decodeTime, samples: [{ ...picture, duration }] },
  ];
  const shiftTicks = new Map([[video.id, duration]]);
  if (audio && silence) {
    const beginTicks = Math.round((decodeTime * audio.timescale) / video.timescale);
    const at = firsts.get(audio.id)?.decodeTime ?? beginTicks;
    runs.push({ trackId: audio.id, decodeTime: at, samples: silence });
    shiftTicks.set(audio.id, silence.length * aacTicks);
  }
  return { bytes: writeFragment(0, runs), durationSeconds, shiftTicks };
}

/** The first sample of each track. */
function firstSamples(
  fragments: readonly Buffer[],
  defaults: ReadonlyMap<number, SampleDefaults>,
): Map<number, Sample> {
  const firsts = new Map<number, Sample>();
  for (const fragment of fragments) {
    for (const sample of readSamples(fragment, defaults)) {
      if (!firsts.has(sample.trackId)) firsts.set(sample.trackId, sample);
    }
  }
  return firsts;
}

function silentSamples(audio: AudioTrack, longestSeconds: number): WrittenSample[] | undefined {
  const bytes = audio.codecString === silentCodec ? silentUnits[audio.channelCount] : undefined;
  const length = Math.floor((longestSeconds * audio.timescale) / aacTicks);
  if (bytes === undefined || length === 0) return undefined;
  const sample = { duration: aacTicks, compositionOffset: 0, isSync: true, bytes };
  return Array.from({ length }, () => sample);
}
