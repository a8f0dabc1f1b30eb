import type { Frame } from '../frame.ts';
import { prefixedUnits } from '../nal/nal-units.ts';
import { sampleDefaults, trackIds } from './init-writer.ts';
import { readSamples } from './track-samples.ts';

/** Fragments do not say when a frame arrived. */
export type StoredFrame = Omit<Frame, 'arrivedAtMs'>;

/**
 * The frames of consecutive fragments as written by writeFragment(), with the times written there, in ticks of the
 * run's tracks; their data are views. Throws MediaFormatError for any other bytes.
 */
export function* readFragments(fragments: Buffer): Generator<StoredFrame> {
  for (const sample of readSamples(fragments, sampleDefaults)) {
    const { trackId, decodeTime, compositionOffset, duration, isSync, bytes } = sample;
    const isVideo = trackId === trackIds.video;
    yield {
      kind: isVideo ? 'video' : 'audio',
      pts: decodeTime + compositionOffset,
      dts: decodeTime,
      duration,
      isKeyframe: isSync,
      data: isVideo ? [...prefixedUnits(bytes)] : [bytes],
    };
  }
}
