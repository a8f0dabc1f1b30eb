import { MediaFormatError } from '../../lib/errors.ts';
import { BoxFields, boxesOf, findBox, needBox } from './boxes.ts';
import { avcCodecString, hevcCodecString, parseAacConfiguration } from './codec-strings.ts';
import { avcVideoRange } from '../nal/video-range.ts';
import type { AudioTrack, InitSegment, Track, VideoTrack } from '../types.ts';

/** ISO/IEC 14496-12 12.1.3 and 12.2.3: what stands before the boxes of a sample entry. */
export const visualEntryBytes = 78;
export const audioEntryBytes = 28;

/**
 * `bytes`: `ftyp` and `moov`. Tracks that are neither video nor audio are left out. Throws MediaFormatError when there
 * is no `moov`, or a box in it is cut short or missing.
 */
export function parseInitSegment(bytes: Buffer): InitSegment {
  const tracks: Track[] = [];
  for (const box of boxesOf(needBox(bytes, 'moov'))) {
    const track = box.type === 'trak' ? parseTrack(box.body) : undefined;
    if (track !== undefined) tracks.push(track);
  }
  return { bytes, tracks };
}

function parseTrack(trak: Buffer): Track | undefined {
  const id = trackIdOf(needBox(trak, 'tkhd'));
  const timescale = timescaleOf(needBox(trak, 'mdia', 'mdhd'));
  const handler = needBox(trak, 'mdia', 'hdlr').toString('latin1', 8, 12);
  const description = needBox(trak, 'mdia', 'minf', 'stbl', 'stsd');
  const [entry] = boxesOf(description.subarray(8));
  if (entry === undefined) throw new MediaFormatError('A track has no sample entry.');
  if (handler === 'vide')
    return { kind: 'video', id, timescale, ...videoEntry(entry.type, entry.body) };
  if (handler === 'soun')
    return { kind: 'audio', id, timescale, ...audioEntry(entry.type, entry.body) };
  return undefined;
}

/** 8.3.2: behind creation and modification time, which are 64 bit in version 1. */
export function trackIdOf(tkhd: Buffer): number {
  const fields = new BoxFields(tkhd);
  fields.skip(fields.fullBoxHead().version === 1 ? 16 : 8);
  return fields.uint32();
}

/** 8.4.2. */
function timescaleOf(mdhd: Buffer): number {
  const fields = new BoxFields(mdhd);
  fields.skip(fields.fullBoxHead().version === 1 ? 16 : 8);
  const timescale = fields.uint32();
  if (timescale === 0) throw new MediaFormatError('A track has the timescale 0.');
  return timescale;
}

function videoEntry(type: string, entry: Buffer): Omit<VideoTrack, 'kind' | 'id' | 'timescale'> {
  const fields = new BoxFields(entry);
  fields.skip(24);
  const width = fields.uint16();
  const height = fields.uint16();
  fields.skip(visualEntryBytes - 28);
  const avcC = findBox(fields.rest(), 'avcC');
  if (avcC !== undefined)
    return {
      codec: 'h264',
      codecString: avcCodecString(type, avcC),
      width,
      height,
      videoRange: avcVideoRange(avcC),
    };
  const hvcC = findBox(fields.rest(), 'hvcC');
  if (hvcC !== undefined)
    return {
      codec: 'hevc',
      codecString: hevcCodecString(type, hvcC),
      width,
      height,
      videoRange: undefined,
    };
  return { codec: 'unknown', codecString: type, width, height, videoRange: undefined };
}

function audioEntry(type: string, entry: Buffer): Omit<AudioTrack, 'kind' | 'id' | 'timescale'> {
  const fields = new BoxFields(entry);
  fields.skip(16);
  const channelCount = fields.uint16();
  fields.skip(audioEntryBytes - 22);
  const sampleRate = fields.uint16();
  fields.skip(2);
  const common = { sampleRate, channelCount };
  if (type === 'Opus') return { codec: 'opus', codecString: 'opus', ...common };
  const esds = type === 'mp4a' ? findBox(fields.rest(), 'esds') : undefined;
  if (esds === undefined) return { codec: 'unknown', codecString: type, ...common };
  const aac = parseAacConfiguration(esds);
  const channels = aac.channelCount ?? channelCount;
  return { codec: 'aac', codecString: aac.codecString, sampleRate, channelCount: channels };
}
