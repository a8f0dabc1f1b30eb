import type { AudioTrack, VideoTrack } from '../frame.ts';
import { audioSampleEntry } from './audio-entry.ts';
import { box, fullBox, uint16, uint32 } from './box-writer.ts';
import type { SampleDefaults } from './track-runs.ts';
import { videoSampleEntry } from './video-entry.ts';

/** track_ID by kind. */
export const trackIds = { video: 1, audio: 2 } as const;

/** 8.8.3.1: sample_depends_on 2, which is a sync sample, or 1 and sample_is_non_sync_sample. */
export const sampleFlags = { sync: 0x02000000, nonSync: 0x01010000 } as const;

/** Defaults that the init segment declares for all samples (8.8.3), by track_ID: fragments have durations and sizes. */
export const sampleDefaults: ReadonlyMap<number, SampleDefaults> = new Map([
  [trackIds.video, { duration: 0, size: 0, flags: sampleFlags.nonSync, isVideo: true }],
  [trackIds.audio, { duration: 0, size: 0, flags: sampleFlags.sync, isVideo: false }],
]);

export interface InitTracks {
  readonly video: VideoTrack;
  readonly audio?: AudioTrack | undefined;
}

/**
 * The init segment of a fragmented MP4: `ftyp` and `moov`, no samples, no edit lists. H.264 or HEVC, and AAC. Throws
 * MediaFormatError for other codecs, and for tracks without parameter sets or configuration.
 */
export function writeInitSegment({ video, audio }: InitTracks): Buffer {
  const { entry, shownWidth } = videoSampleEntry(video);
  const traks = [trak(video, { entry, width: shownWidth, height: video.height })];
  if (audio) traks.push(trak(audio, { entry: audioSampleEntry(audio), width: 0, height: 0 }));
  const ids: number[] = audio ? [trackIds.video, trackIds.audio] : [trackIds.video];
  const trexes = [...sampleDefaults].filter(([id]) => ids.includes(id)).map(trex);
  return Buffer.concat([
    box('ftyp', text('iso5'), uint32(512), text('iso5iso6mp41')),
    box('moov', movieHeader(), ...traks, box('mvex', ...trexes)),
  ]);
}

interface TrakContent {
  readonly entry: Buffer;
  /** As shown, in pixels. */
  readonly width: number;
  readonly height: number;
}

/** 6.2.2: the unity matrix. */
const matrix = uint32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);
/** Timescale of mvhd, which has no meaning here: durations are 0. */
const movieTimescale = 1000;

/** 8.2.2: times, timescale, duration, rate 1, volume 1. */
function movieHeader(): Buffer {
  const nextTrackId = 3;
  return fullBox(
    'mvhd',
    0,
    uint32(0, 0, movieTimescale, 0, 0x10000),
    uint16(0x0100, 0),
    uint32(0, 0),
    matrix,
    Buffer.alloc(24),
    uint32(nextTrackId),
  );
}

function trak(track: VideoTrack | AudioTrack, content: TrakContent): Buffer {
  const isVideo = track.kind === 'video';
  const mediaHeader = isVideo
    ? fullBox('vmhd', 1, uint16(0, 0, 0, 0))
    : fullBox('smhd', 0, uint16(0, 0));
  return box(
    'trak',
    trackHeader(track.kind, content),
    box(
      'mdia',
      // 8.4.2: times, timescale, duration, language `und`.
      fullBox('mdhd', 0, uint32(0, 0, track.timescale, 0), uint16(0x55c4, 0)),
      handler(isVideo ? 'vide' : 'soun', isVideo ? 'VideoHandler' : 'SoundHandler'),
      box('minf', mediaHeader, dataInformation(), sampleTable(content.entry)),
    ),
  );
}

/** 8.3.2; flags: enabled, in the movie, in the preview. */
function trackHeader(kind: 'video' | 'audio', { width, height }: TrakContent): Buffer {
  const volume = kind === 'audio' ? 0x0100 : 0;
  return fullBox(
    'tkhd',
    7,
    uint32(0, 0, trackIds[kind], 0, 0, 0, 0),
    uint16(0, 0, volume, 0),
    matrix,
    uint32(width * 0x10000, height * 0x10000),
  );
}

/** 8.4.3. */
function handler(type: string, name: string): Buffer {
  return fullBox('hdlr', 0, uint32(0), text(type), uint32(0, 0, 0), text(`${name}\0`));
}

/** 8.7.2: the media is in this very file. */
function dataInformation(): Buffer {
  return box('dinf', fullBox('dref', 0, uint32(1), fullBox('url ', 1)));
}

/** 8.5: a description, and no samples. */
function sampleTable(entry: Buffer): Buffer {
  return box(
    'stbl',
    fullBox('stsd', 0, uint32(1), entry),
    fullBox('stts', 0, uint32(0)),
    fullBox('stsc', 0, uint32(0)),
    fullBox('stsz', 0, uint32(0, 0)),
    fullBox('stco', 0, uint32(0)),
  );
}

/** 8.8.3, with sample description 1. */
function trex([trackId, { duration, size, flags }]: readonly [number, SampleDefaults]): Buffer {
  return fullBox('trex', 0, uint32(trackId, 1, duration, size, flags));
}

function text(value: string): Buffer {
  return Buffer.from(value, 'latin1');
}
