import { MediaFormatError } from '../lib/errors.ts';
import { boxesOf, needBox } from './boxes.ts';
import { decoderSpecificInfo } from './codec-strings.ts';
import { audioEntryBytes, parseInitSegment, trackIdOf, visualEntryBytes } from './init-segment.ts';
import { parseAdtsFormat, type AdtsFormat } from './mpeg-ts-adts.ts';
import { parseSampleDefaults, type SampleDefaults } from './track-runs.ts';
import type { AudioTrack, Track } from './types.ts';

/** What the transport stream needs to know of an init segment. */
export interface TransportTracks {
  readonly kind: 'tracks';
  readonly video: { readonly id: number; readonly timescale: number; readonly avcC: Buffer };
  readonly audio:
    { readonly id: number; readonly timescale: number; readonly format: AdtsFormat } | undefined;
  readonly defaults: ReadonlyMap<number, SampleDefaults>;
}

/** `reason` is a sentence for the viewer. */
export interface UnsupportedTracks {
  readonly kind: 'unsupported';
  readonly reason: string;
}

/**
 * H.264 and AAC are what every receiver of MPEG-TS decodes; anything else is refused here. Throws MediaFormatError for a
 * broken init segment.
 */
export function readTransportTracks(init: Buffer): TransportTracks | UnsupportedTracks {
  const { tracks } = parseInitSegment(init);
  const video = tracks.find((track) => track.kind === 'video');
  const audio = tracks.find((track) => track.kind === 'audio');
  if (video?.codec !== 'h264') return unsupported(video);
  const format = audio && adtsFormatOf(init, audio);
  if (audio !== undefined && format === undefined) return unsupported(audio);
  const avcC = needBox(sampleEntry(init, video), 'avcC');
  return {
    kind: 'tracks',
    video: { id: video.id, timescale: video.timescale, avcC },
    audio: audio && format && { id: audio.id, timescale: audio.timescale, format },
    defaults: parseSampleDefaults(needBox(init, 'moov'), new Set([video.id])),
  };
}

function adtsFormatOf(init: Buffer, audio: AudioTrack): AdtsFormat | undefined {
  if (audio.codec !== 'aac') return undefined;
  const { config } = decoderSpecificInfo(needBox(sampleEntry(init, audio), 'esds'));
  return config && parseAdtsFormat(config);
}

function unsupported(track: Track | undefined): UnsupportedTracks {
  const what = track === undefined ? 'no video' : `${track.kind} as ${track.codecString}`;
  return {
    kind: 'unsupported',
    reason: `MPEG-TS is made of H.264 and AAC only, and this camera has ${what}.`,
  };
}

/** The boxes in the track's sample entry, where its decoder configuration is (ISO/IEC 14496-12 12.1.3, 12.2.3). */
function sampleEntry(init: Buffer, track: Track): Buffer {
  for (const box of boxesOf(needBox(init, 'moov'))) {
    if (box.type !== 'trak' || trackIdOf(needBox(box.body, 'tkhd')) !== track.id) continue;
    const description = needBox(box.body, 'mdia', 'minf', 'stbl', 'stsd');
    for (const entry of boxesOf(description.subarray(8))) {
      return entry.body.subarray(track.kind === 'video' ? visualEntryBytes : audioEntryBytes);
    }
  }
  throw new MediaFormatError('A track has no sample entry.');
}
