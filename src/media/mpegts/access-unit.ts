import type { Frame, VideoTrack } from '../frame.ts';
import { h264Units } from '../h264/h264-units.ts';
import { withParameterSets } from '../nal/parameter-sets.ts';

const startCode = Buffer.from([0, 0, 0, 1]);
/**
 * Access unit delimiter (ITU-T H.264 7.3.2.4): primary_pic_type 7 allows every kind of slice. ISO/IEC 13818-1 2.14.1
 * wants one before each access unit, and old receivers find the frames by it.
 */
const delimiter = Buffer.from([0, 0, 0, 1, 0x09, 0xf0]);

/**
 * A frame of H.264 as the payload of a PES packet, in Annex B and without copying it. Parameter sets come first in each
 * keyframe, those of the track if it carries none: a receiver may tune in there, and units such as SEI may refer to
 * them.
 */
export function transportAccessUnit(
  frame: Pick<Frame, 'isKeyframe' | 'data'>,
  track: VideoTrack,
): Buffer[] {
  const { data } = withParameterSets(frame, track);
  const chunks: Buffer[] = [delimiter];
  for (const unit of frame.isKeyframe ? parameterSetsFirst(data) : data) {
    chunks.push(startCode, unit);
  }
  return chunks;
}

function parameterSetsFirst(units: readonly Buffer[]): Buffer[] {
  const ofKind = (kind: number): Buffer[] => {
    return units.filter((unit) => h264Units.parameterKindOf(unit) === kind);
  };
  const others = units.filter((unit) => h264Units.roleOf(unit) !== 'parameter-set');
  return [...h264Units.parameterKinds.flatMap(ofKind), ...others];
}
