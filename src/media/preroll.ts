import { MediaFormatError } from '../lib/errors.ts';
import { needBox } from './boxes.ts';
import { writeFragment, type WrittenRun } from './fragment-writer.ts';
import { parseSampleDefaults } from './track-runs.ts';
import { readSamples, type Sample } from './track-samples.ts';
import type { AudioTrack, InitSegment, VideoTrack } from './types.ts';

/** A moment of still picture that stands before the first keyframe of a stream. */
export interface Preroll {
  /** One fragment: the keyframe, held, and silence where the stream has sound. */
  readonly bytes: Buffer;
  readonly durationSeconds: number;
  /** How much later the media behind it is to be stamped, in ticks, by track_ID. */
  readonly shiftTicks: ReadonlyMap<number, number>;
}

/** Silent AAC-LC access units as encoders write them (ISO/IEC 14496-3), by channel count. */
const silence: Readonly<Record<number, Buffer>> = {
  1: Buffer.from('01182007', 'hex'),
  2: Buffer.from('211004608c1c', 'hex'),
};
const silentCodec = 'mp4a.40.2';
/** PCM samples, so ticks of the track, in an access unit. */
const aacTicks = 1024;

/**
 * Holds the first picture of `fragments`, which begin with a keyframe, for at most `longestSeconds`. Sound needs its
 * silence: a player shows nothing of a time for which a track has no data. undefined where that cannot be made.
 */
export function makePreroll(
  init: InitSegment,
  fragments: readonly Buffer[],
  longestSeconds: number,
): Preroll | undefined {
  const video = init.tracks.find((track) => track.kind === 'video');
  const audio = init.tracks.find((track) => track.kind === 'audio');
  if (video === undefined) return undefined;
  try {
    const firsts = firstSamples(init, video, fragments);
    const picture = firsts.get(video.id);
    if (picture === undefined) return undefined;
    const sound = audio && silentRun(audio, longestSeconds);
    if (audio !== undefined && sound === undefined) return undefined;
    return assemble({ video, audio, picture, sound, firsts, longestSeconds });
  } catch (error) {
    if (error instanceof MediaFormatError) return undefined;
    throw error;
  }
}

function firstSamples(
  init: InitSegment,
  video: VideoTrack,
  fragments: readonly Buffer[],
): Map<number, Sample> {
  const defaults = parseSampleDefaults(needBox(init.bytes, 'moov'), new Set([video.id]));
  const firsts = new Map<number, Sample>();
  for (const fragment of fragments) {
    for (const sample of readSamples(fragment, defaults)) {
      if (!firsts.has(sample.trackId)) firsts.set(sample.trackId, sample);
    }
  }
  return firsts;
}

type SilentRun = Pick<WrittenRun, 'duration' | 'count' | 'bytes'>;

function silentRun(audio: AudioTrack, longestSeconds: number): SilentRun | undefined {
  const bytes = audio.codecString === silentCodec ? silence[audio.channelCount] : undefined;
  const count = Math.floor((longestSeconds * audio.timescale) / aacTicks);
  return bytes === undefined || count === 0 ? undefined : { duration: aacTicks, count, bytes };
}

function assemble(parts: {
  readonly video: VideoTrack;
  readonly audio: AudioTrack | undefined;
  readonly picture: Sample;
  readonly sound: SilentRun | undefined;
  readonly firsts: ReadonlyMap<number, Sample>;
  readonly longestSeconds: number;
}): Preroll {
  const { video, audio, picture, sound, firsts, longestSeconds } = parts;
  const durationSeconds =
    audio && sound ? (sound.count * aacTicks) / audio.timescale : longestSeconds;
  const videoTicks = Math.round(durationSeconds * video.timescale);
  const shiftTicks = new Map([[video.id, videoTicks]]);
  const { decodeTime, compositionOffset, bytes } = picture;
  const runs: WrittenRun[] = [
    { trackId: video.id, decodeTime, duration: videoTicks, compositionOffset, count: 1, bytes },
  ];
  if (audio && sound) {
    const beginTicks = Math.round((decodeTime * audio.timescale) / video.timescale);
    const at = firsts.get(audio.id)?.decodeTime ?? beginTicks;
    runs.push({ trackId: audio.id, decodeTime: at, compositionOffset: 0, ...sound });
    shiftTicks.set(audio.id, sound.count * aacTicks);
  }
  return { bytes: writeFragment(runs), durationSeconds, shiftTicks };
}
