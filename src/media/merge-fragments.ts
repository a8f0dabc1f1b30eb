import { BoxFields, needBox } from './boxes.ts';
import { writeFragment, type WrittenRun, type WrittenSample } from './fragment-writer.ts';
import { readSamples, type Sample } from './track-samples.ts';
import type { SampleDefaults } from './track-runs.ts';

export interface MergeOptions {
  readonly defaults: ReadonlyMap<number, SampleDefaults>;
  /** Tracks in the order in which they are written. */
  readonly trackIds: readonly number[];
  /** Added to decode times, in ticks, by track_ID; undefined adds nothing. */
  readonly shiftTicks: ReadonlyMap<number, number> | undefined;
}

/**
 * The samples of fragments that follow one another as one fragment: one head instead of one per frame, and one run per
 * track, so that the first time that a player finds in it is the video's (Shaka Player dates a part by that) and sound
 * that came ahead of its picture stays in order. Throws MediaFormatError.
 */
export function mergeFragments(fragments: readonly Buffer[], options: MergeOptions): Buffer {
  const byTrack = new Map<number, Sample[]>(options.trackIds.map((trackId) => [trackId, []]));
  for (const fragment of fragments) {
    for (const sample of readSamples(fragment, options.defaults)) {
      byTrack.get(sample.trackId)?.push(sample);
    }
  }
  const runs: WrittenRun[] = [];
  for (const [trackId, read] of byTrack) {
    const samples = withoutPriming(read);
    if (samples.length === 0) continue;
    const shift = options.shiftTicks?.get(trackId) ?? 0;
    runs.push({
      trackId,
      decodeTime: (samples[0]?.decodeTime ?? 0) + shift,
      samples: samples.map((sample, index) => timed(sample, samples[index + 1])),
    });
  }
  return writeFragment(sequenceNumberOf(fragments[0]), runs);
}

/** The delay of an AAC encoder is a frame before the first, which ffmpeg stamps like it and gives no duration. */
function withoutPriming(samples: readonly Sample[]): readonly Sample[] {
  const [first, second] = samples;
  const isPriming = first?.duration === 0 && first.decodeTime === second?.decodeTime;
  return isPriming ? samples.slice(1) : samples;
}

/** A sample lasts until the next one begins; what ffmpeg wrote before it knew that one is a guess. */
function timed(sample: Sample, next: Sample | undefined): WrittenSample {
  const distance = next === undefined ? 0 : next.decodeTime - sample.decodeTime;
  return distance > 0 ? { ...sample, duration: distance } : sample;
}

function sequenceNumberOf(fragment: Buffer | undefined): number {
  if (fragment === undefined) return 0;
  const fields = new BoxFields(needBox(fragment, 'moof', 'mfhd'));
  fields.fullBoxHead();
  return fields.uint32();
}
