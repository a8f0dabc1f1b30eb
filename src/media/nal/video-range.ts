import { MediaFormatError } from '../../lib/errors.ts';
import type { VideoTrack } from '../frame.ts';
import { parseSps } from '../h264/h264-sps.ts';
import { h264Units } from '../h264/h264-units.ts';

/** Values of VIDEO-RANGE in HLS (rfc8216bis 4.4.6.2). */
export type VideoRange = 'SDR' | 'HLG' | 'PQ';

/** transfer_characteristics of ITU-T H.264 table E-5 that are no standard range. */
const unspecified: ReadonlySet<number> = new Set([0, 2, 3]);
const perceptualQuantizer = 16;
const hybridLogGamma = 18;

/**
 * VIDEO-RANGE from the first sequence parameter set of H.264; undefined if that says nothing or cannot be read, because
 * then a player's own default is better.
 */
export function videoRangeOf({
  codec,
  parameterSets,
}: Pick<VideoTrack, 'codec' | 'parameterSets'>): VideoRange | undefined {
  if (codec !== 'h264') return undefined;
  const sps = parameterSets.find((set) => h264Units.parameterKindOf(set) === h264Units.spsKind);
  try {
    return sps && rangeOfTransfer(parseSps(sps).colour?.transfer);
  } catch (error) {
    if (error instanceof MediaFormatError) return undefined;
    throw error;
  }
}

function rangeOfTransfer(transfer: number | undefined): VideoRange | undefined {
  if (transfer === undefined || unspecified.has(transfer)) return undefined;
  if (transfer === perceptualQuantizer) return 'PQ';
  return transfer === hybridLogGamma ? 'HLG' : 'SDR';
}
