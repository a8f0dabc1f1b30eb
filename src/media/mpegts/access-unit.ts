import { toAnnexB } from '../h264/h264.ts';
import type { Frame, VideoTrack } from '../frame.ts';
import { nalUnits } from '../nal/nal-units.ts';
import { withParameterSets } from '../nal/parameter-sets.ts';

const startCode = Buffer.from([0, 0, 0, 1]);
/**
 * Access unit delimiter (ITU-T H.264 7.3.2.4): primary_pic_type 7 allows every kind of slice. ISO/IEC 13818-1 2.14.1
 * wants one before each access unit, and old receivers find the frames by it.
 */
const delimiter = Buffer.from([0, 0, 0, 1, 0x09, 0xf0]);
/** nal_unit_type of the delimiter. */
const delimiterType = 9;

/**
 * The payload of one frame, from the form of MP4 with four bytes of length. Parameter sets stand before each
 * keyframe, since a receiver may tune in there and has no avcC. Throws MediaFormatError for a keyframe of a stream
 * without any.
 */
export function transportAccessUnit(
  sample: { readonly bytes: Buffer; readonly isSync: boolean },
  avcC: Buffer,
): Buffer[] {
  if (sample.isSync) return [delimiter, toAnnexB(sample.bytes, avcC)];
  const chunks: Buffer[] = [delimiter];
  for (const unit of nalUnits(sample.bytes)) {
    if (((unit[0] ?? 0) & 0x1f) !== delimiterType) chunks.push(startCode, unit);
  }
  return chunks;
}

/** The same of a frame, without copying it: what a keyframe lacks of parameter sets is taken from the track. */
export function transportFrame(
  frame: Pick<Frame, 'isKeyframe' | 'data'>,
  track: VideoTrack,
): Buffer[] {
  const chunks: Buffer[] = [delimiter];
  for (const unit of withParameterSets(frame, track).data) chunks.push(startCode, unit);
  return chunks;
}
