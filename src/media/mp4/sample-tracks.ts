import { parseAacFormat } from '../aac/aac-configuration.ts';
import { boxesOf, findBox, needBox } from './boxes.ts';
import { decoderSpecificInfo } from './codec-strings.ts';
import { videoTimescale, type AudioTrack, type VideoTrack } from '../frame.ts';
import { h264Units } from '../h264/h264-units.ts';
import { hevcUnits } from '../hevc/hevc-units.ts';
import { audioEntryBytes, parseInitSegment, trackIdOf, visualEntryBytes } from './init-segment.ts';
import { parseSampleDefaults, type SampleDefaults } from './track-runs.ts';
import type { InitSegment, Track } from '../types.ts';

/** A track of an init segment, with what is needed to read its samples as frames. */
export interface SampleTrack<Kind = VideoTrack | AudioTrack> {
  /** track_ID. */
  readonly id: number;
  /** Of the times in fragments; those of `track` may count otherwise. */
  readonly fileTimescale: number;
  readonly track: Kind;
}

export interface SampleTracks {
  readonly video: SampleTrack<VideoTrack> | undefined;
  readonly audio: SampleTrack<AudioTrack> | undefined;
  readonly defaults: ReadonlyMap<number, SampleDefaults>;
}

/** The first video track of H.264 or HEVC and the first audio track of AAC. Throws MediaFormatError. */
export function readSampleTracks(init: Buffer): SampleTracks {
  const segment = parseInitSegment(init);
  const video = videoTrackOf(segment);
  const videoIds = new Set(video === undefined ? [] : [video.id]);
  const defaults = parseSampleDefaults(needBox(init, 'moov'), videoIds);
  return { video, audio: audioTrackOf(segment), defaults };
}

function videoTrackOf({ bytes, tracks }: InitSegment): SampleTrack<VideoTrack> | undefined {
  const found = tracks.find(({ codec }) => codec === 'h264' || codec === 'hevc');
  if (found?.kind !== 'video') return undefined;
  const [codec, units, box] =
    found.codec === 'hevc'
      ? (['hevc', hevcUnits, 'hvcC'] as const)
      : (['h264', h264Units, 'avcC'] as const);
  const entry = sampleEntry(bytes, found, visualEntryBytes);
  const parameterSets = units.extradataSets(needBox(entry, box));
  const { width, height } = found;
  const size = { width, height, parameterSets, fourcc: undefined, extradata: Buffer.alloc(0) };
  const track: VideoTrack = { kind: 'video', codec, timescale: videoTimescale, ...size };
  return { id: found.id, fileTimescale: found.timescale, track };
}

function audioTrackOf({ bytes, tracks }: InitSegment): SampleTrack<AudioTrack> | undefined {
  const found = tracks.find(({ codec }) => codec === 'aac');
  if (found?.kind !== 'audio') return undefined;
  const esds = findBox(sampleEntry(bytes, found, audioEntryBytes), 'esds');
  const configuration = esds && decoderSpecificInfo(esds).config;
  if (configuration === undefined) return undefined;
  const { sampleRate, channelCount } = parseAacFormat(configuration);
  const track: AudioTrack = {
    kind: 'audio',
    codec: 'aac',
    timescale: sampleRate,
    sampleRate,
    channelCount: channelCount || found.channelCount,
    configuration: Buffer.from(configuration),
  };
  return { id: found.id, fileTimescale: found.timescale, track };
}

/** The boxes in the track's sample entry, where its decoder configuration is (ISO/IEC 14496-12 12.1.3, 12.2.3). */
function sampleEntry(init: Buffer, track: Track, entryBytes: number): Buffer {
  for (const box of boxesOf(needBox(init, 'moov'))) {
    if (box.type !== 'trak' || trackIdOf(needBox(box.body, 'tkhd')) !== track.id) continue;
    const description = needBox(box.body, 'mdia', 'minf', 'stbl', 'stsd');
    for (const entry of boxesOf(description.subarray(8))) return entry.body.subarray(entryBytes);
  }
  return Buffer.alloc(0);
}
