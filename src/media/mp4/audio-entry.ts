import { MediaFormatError } from '../../lib/errors.ts';
import type { AudioTrack } from '../frame.ts';
import { box, fullBox, uint16, uint32 } from './box-writer.ts';

/**
 * AudioSampleEntry (ISO/IEC 14496-12 12.2.3) `mp4a`. Throws MediaFormatError for what is no AAC with a configuration.
 */
export function audioSampleEntry(track: AudioTrack): Buffer {
  const { codec, configuration, channelCount, sampleRate } = track;
  if (codec !== 'aac' || configuration.length < 2 || configuration.length > longestConfiguration) {
    throw new MediaFormatError(`MP4 is not written with audio as ${codec}.`);
  }
  return box(
    'mp4a',
    uint16(0, 0, 0, 1),
    uint32(0, 0),
    // Bits of a sample, pre_defined, reserved, and the rate as 16.16, which the configuration says better.
    uint16(channelCount, 16, 0, 0),
    uint32(sampleRate <= 0xffff ? sampleRate * 0x10000 : 0),
    fullBox('esds', 0, elementaryStream(configuration)),
  );
}

/** So that each descriptor's length fits into one byte. */
const longestConfiguration = 64;

/**
 * ISO/IEC 14496-1 7.2.6.5 and 7.2.6.6: ES_Descriptor { ES_ID, flags, DecoderConfigDescriptor { audio of MPEG-4, audio
 * stream, buffer and bit rates unknown, DecoderSpecificInfo }, SLConfigDescriptor { MP4 } }.
 */
function elementaryStream(configuration: Buffer): Buffer {
  const decoderConfig = Buffer.concat([
    Buffer.from([0x40, 0x15, 0, 0, 0]),
    uint32(0, 0),
    descriptor(5, configuration),
  ]);
  return descriptor(
    3,
    Buffer.concat([uint16(0), Buffer.from([0]), descriptor(4, decoderConfig), descriptor(6, mp4)]),
  );
}

/** predefined 2 (7.3.2.3.2). */
const mp4 = Buffer.from([2]);

function descriptor(tag: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag, content.length]), content]);
}
