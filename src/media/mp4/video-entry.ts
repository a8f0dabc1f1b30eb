import { MediaFormatError } from '../../lib/errors.ts';
import type { VideoTrack } from '../frame.ts';
import { avcConfiguration } from '../h264/avc-configuration.ts';
import { h264Units } from '../h264/h264-units.ts';
import { parseSps } from '../h264/h264-sps.ts';
import { hevcConfiguration } from '../hevc/hevc-configuration.ts';
import type { SampleAspect, VideoColour, VideoUsability } from '../nal/video-usability.ts';
import { box, uint16, uint32 } from './box-writer.ts';

export interface VideoEntry {
  readonly entry: Buffer;
  /** In pixels, stretched by the sample aspect. */
  readonly shownWidth: number;
}

/**
 * VisualSampleEntry (ISO/IEC 14496-12 12.1.3) `avc1` or `hvc1`, whose parameter sets are in the entry (in band they are
 * repeated, which every reader accepts). Throws MediaFormatError for other codecs and without parameter sets.
 */
export function videoSampleEntry(track: VideoTrack): VideoEntry {
  const { type, configuration, usability } = configurationOf(track);
  const { sampleAspect: aspect, colour } = usability;
  const entry = box(
    type,
    // 8.5.2: reserved, data_reference_index.
    uint16(0, 0, 0, 1),
    Buffer.alloc(16),
    uint16(track.width, track.height),
    // 72 dots per inch, reserved, one frame per sample.
    uint32(0x480000, 0x480000, 0),
    uint16(1),
    // compressorname, depth 24, pre_defined -1.
    Buffer.alloc(32),
    uint16(0x18, 0xffff),
    configuration,
    ...(colour === undefined ? [] : [colourBox(colour)]),
    ...(aspect === undefined ? [] : [box('pasp', uint32(aspect.width, aspect.height))]),
  );
  return { entry, shownWidth: shownWidthOf(track.width, aspect) };
}

function configurationOf({ codec, parameterSets }: VideoTrack): {
  type: string;
  configuration: Buffer;
  usability: VideoUsability;
} {
  if (codec === 'hevc') {
    const configuration = box('hvcC', hevcConfiguration(parameterSets));
    return {
      type: 'hvc1',
      configuration,
      usability: { sampleAspect: undefined, colour: undefined },
    };
  }
  if (codec !== 'h264') throw new MediaFormatError(`MP4 is not written with video as ${codec}.`);
  const configuration = box('avcC', avcConfiguration(parameterSets));
  const sps = parameterSets.find((set) => h264Units.parameterKindOf(set) === h264Units.spsKind);
  return { type: 'avc1', configuration, usability: parseSps(sps ?? Buffer.alloc(0)) };
}

/** 12.1.5: on-screen colours. */
function colourBox({ primaries, transfer, matrix, isFullRange }: VideoColour): Buffer {
  const range = Buffer.from([isFullRange ? 0x80 : 0]);
  return box('colr', Buffer.from('nclx', 'latin1'), uint16(primaries, transfer, matrix), range);
}

function shownWidthOf(width: number, aspect: SampleAspect | undefined): number {
  const shown = aspect === undefined ? width : Math.round((width * aspect.width) / aspect.height);
  // tkhd has 16 bits of whole pixels.
  return shown > 0 && shown <= 0xffff ? shown : width;
}
