import { MediaFormatError } from '../../lib/errors.ts';
import { boxesOf, needBox } from '../mp4/boxes.ts';
import { decoderSpecificInfo } from '../mp4/codec-strings.ts';
import {
  audioEntryBytes,
  parseInitSegment,
  trackIdOf,
  visualEntryBytes,
} from '../mp4/init-segment.ts';
import { parseAdtsFormat, type AdtsFormat } from './adts.ts';
import { parseSampleDefaults, type SampleDefaults } from '../mp4/track-runs.ts';
import type { AudioTrack, Track } from '../types.ts';

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
 * H.264 and AAC are what every receiver of MPEG-TS decodes; anything else is refused here. Throws MediaFormatError for
 * a broken init segment.
 */
export function readTransportTracks(init: Buffer): TransportTracks | UnsupportedTracks {
  const { tracks } = parseInitSegment(init);
  const video = tracks.find((track) => track.kind === 'video');
  const audio = tracks.find((track) => track.kind === 'audio');
  const reason = unsupportedReason(tracks);
  if (reason !== undefined) return { kind: 'unsupported', reason };
  if (video === undefined) throw new MediaFormatError('There is no video track.');
  const format = audio && adtsFormatOf(init, audio);
  if (audio !== undefined && format === undefined) {
    return { kind: 'unsupported', reason: refuse(audio) };
  }
  const avcC = needBox(sampleEntry(init, video), 'avcC');
  return {
    kind: 'tracks',
    video: { id: video.id, timescale: video.timescale, avcC },
    audio: audio && format && { id: audio.id, timescale: audio.timescale, format },
    defaults: parseSampleDefaults(needBox(init, 'moov'), new Set([video.id])),
  };
}

/** Why these tracks cannot be put into MPEG-TS, as a sentence; undefined: they can. */
export function unsupportedReason(tracks: readonly Track[]): string | undefined {
  const other = tracks.find(({ codec }) => codec !== 'h264' && codec !== 'aac');
  if (other !== undefined) return refuse(other);
  return tracks.some(({ kind }) => kind === 'video') ? undefined : refuse(undefined);
}

function adtsFormatOf(init: Buffer, audio: AudioTrack): AdtsFormat | undefined {
  const { config } = decoderSpecificInfo(needBox(sampleEntry(init, audio), 'esds'));
  return config && parseAdtsFormat(config);
}

function refuse(track: Track | undefined): string {
  const what = track === undefined ? 'no video' : `${track.kind} as ${track.codecString}`;
  return `MPEG-TS is made of H.264 and AAC only, and this camera has ${what}.`;
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
