import type { VideoCodec } from '../frame.ts';
import { h264Units } from '../h264/h264-units.ts';
import { hevcUnits } from '../hevc/hevc-units.ts';
import type { NalCodec } from './nal-codec.ts';

/** undefined for codecs that are not made of NAL units. */
export function nalCodecOf(codec: VideoCodec): NalCodec | undefined {
  if (codec === 'h264') return h264Units;
  return codec === 'hevc' ? hevcUnits : undefined;
}
