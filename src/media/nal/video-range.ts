import { MediaFormatError } from '../../lib/errors.ts';
import { parseSps, extradataSets } from '../h264/h264.ts';
import type { VideoRange } from '../types.ts';

/** transfer_characteristics of ITU-T H.264 table E-5 that are no standard range. */
const unspecified: ReadonlySet<number> = new Set([0, 2, 3]);
const perceptualQuantizer = 16;
const hybridLogGamma = 18;

/**
 * VIDEO-RANGE of an AVCDecoderConfigurationRecord by its first parameter set; undefined where that says nothing or
 * cannot be read, for then a player is better off with its own default.
 */
export function avcVideoRange(avcC: Buffer): VideoRange | undefined {
  try {
    const [sps] = extradataSets(avcC).sps;
    return sps && videoRangeOf(parseSps(sps).colour?.transfer);
  } catch (error) {
    if (error instanceof MediaFormatError) return undefined;
    throw error;
  }
}

function videoRangeOf(transfer: number | undefined): VideoRange | undefined {
  if (transfer === undefined || unspecified.has(transfer)) return undefined;
  if (transfer === perceptualQuantizer) return 'PQ';
  return transfer === hybridLogGamma ? 'HLG' : 'SDR';
}
