import { parseAacFormat } from '../../../src/media/aac/aac-configuration.ts';
import {
  videoTimescale,
  type AudioTrack,
  type Frame,
  type VideoTrack,
} from '../../../src/media/frame.ts';
import { h264Units } from '../../../src/media/h264/h264-units.ts';
import { hevcUnits } from '../../../src/media/hevc/hevc-units.ts';
import { BoxFields, boxesOf, findBox, needBox } from '../../../src/media/mp4/boxes.ts';
import type { SampleDefaults } from '../../../src/media/mp4/track-runs.ts';
import { readSamples, type Sample } from '../../../src/media/mp4/track-samples.ts';
import { readAccessUnit } from '../../../src/media/nal/access-units.ts';

/** A track of an init segment; the times of its samples count `timescale`. */
export interface Mp4Track<Kind = VideoTrack | AudioTrack> {
  readonly id: number;
  readonly timescale: number;
  readonly track: Kind;
}

export interface Mp4Tracks {
  readonly video: Mp4Track<VideoTrack> | undefined;
  readonly audio: Mp4Track<AudioTrack> | undefined;
  /** By track_ID (ISO/IEC 14496-12 8.8.3). */
  readonly defaults: ReadonlyMap<number, SampleDefaults>;
}

/** Fragmented MP4 as ffmpeg writes it. */
export interface Mp4 extends Mp4Tracks {
  readonly init: Buffer;
  /** `moof` and `mdat` each. */
  readonly fragments: readonly Buffer[];
}

/** H.264, HEVC and AAC; other tracks are left out. */
export function readMp4(bytes: Buffer): Mp4 {
  const fragments: Buffer[] = [];
  let init: Buffer = Buffer.alloc(0);
  let moof: Buffer = Buffer.alloc(0);
  for (const box of boxesOf(bytes)) {
    if (box.type === 'ftyp' || box.type === 'moov') init = Buffer.concat([init, box.bytes]);
    else if (box.type === 'moof') moof = box.bytes;
    else if (box.type === 'mdat') fragments.push(Buffer.concat([moof, box.bytes]));
  }
  return { ...readMp4Tracks(init), init, fragments };
}

export function readMp4Tracks(init: Buffer): Mp4Tracks {
  const moov = needBox(init, 'moov');
  const traks = [...boxesOf(moov)].filter(({ type }) => type === 'trak').map(({ body }) => body);
  const video = traks.map(videoTrackOf).find((track) => track !== undefined);
  const audio = traks.map(audioTrackOf).find((track) => track !== undefined);
  const defaults = new Map<number, SampleDefaults>();
  for (const { type, body } of boxesOf(needBox(moov, 'mvex'))) {
    if (type !== 'trex') continue;
    const [id = 0, , duration = 0, size = 0, flags = 0] = wordsOf(body);
    defaults.set(id, { duration, size, flags, isVideo: id === video?.id });
  }
  return { video, audio, defaults };
}

/** The frames with the times of the file in ticks of the tracks, in the order of the file. */
export function mp4Frames({ video, audio, defaults }: Mp4Tracks, fragment: Buffer): Frame[] {
  return [...readSamples(fragment, defaults)].flatMap((sample) => {
    if (video?.id === sample.trackId) return videoFrame(video, sample) ?? [];
    return audio?.id === sample.trackId ? audioFrame(audio, sample) : [];
  });
}

function videoFrame({ track, timescale }: Mp4Track<VideoTrack>, sample: Sample): Frame | undefined {
  const codec = track.codec === 'hevc' ? hevcUnits : h264Units;
  const data = readAccessUnit(codec, sample.bytes, sample.isSync)?.units;
  if (data === undefined) return undefined;
  const times = timesOf(sample, track.timescale / timescale);
  return { kind: 'video', ...times, isKeyframe: sample.isSync, arrivedAtMs: 0, data };
}

function audioFrame({ track, timescale }: Mp4Track<AudioTrack>, sample: Sample): Frame {
  const times = timesOf(sample, track.timescale / timescale);
  return { kind: 'audio', ...times, isKeyframe: true, arrivedAtMs: 0, data: [sample.bytes] };
}

function timesOf({ decodeTime, compositionOffset, duration }: Sample, scale: number) {
  const dts = Math.round(decodeTime * scale);
  const pts = Math.round((decodeTime + compositionOffset) * scale);
  return { pts: Math.max(pts, dts), dts, duration: Math.round(duration * scale) };
}

/** Audio that begins nearer than this to the end of the audio before goes on from there, in seconds. */
const seamSeconds = 0.05;
/** How much of its distance from its stamp such audio makes up for. */
const seamShare = 1 / 8;

/**
 * Frames as a camera would send them. What ffmpeg does to their times is mended: it stamps the encoder's delay, an AAC
 * frame before the first, with the beginning of the stream; now and then it stamps an AAC frame a whole frame late and
 * the next one right; and how long the last frame of a fragment lasts is a guess.
 */
export function mendTimes(frames: readonly Frame[], audio: AudioTrack | undefined): Frame[] {
  const frameTicks = audio === undefined ? 0 : parseAacFormat(audio.configuration).frameSamples;
  const seamTicks = seamSeconds * (audio?.timescale ?? 0);
  let end = -Infinity;
  const [first] = frames.filter(({ kind }) => kind === 'audio');
  return frames.flatMap((frame) => {
    if (frame.kind === 'video') return { ...frame, duration: 0 };
    if (frame === first && Math.abs(frame.duration - frameTicks) > 1) return [];
    const distance = frame.dts - end;
    const begin = Math.abs(distance) <= seamTicks ? end + distance * seamShare : frame.dts;
    end = begin + frameTicks;
    return { ...frame, pts: Math.round(begin), dts: Math.round(begin), duration: frameTicks };
  });
}

function videoTrackOf(trak: Buffer): Mp4Track<VideoTrack> | undefined {
  const entry = sampleEntryOf(trak, 78);
  const isHevc = ['hvc1', 'hev1'].includes(entry.type);
  if (!isHevc && entry.type !== 'avc1') return undefined;
  const parameterSets = isHevc
    ? hevcUnits.extradataSets(needBox(entry.boxes, 'hvcC'))
    : h264Units.extradataSets(needBox(entry.boxes, 'avcC'));
  const track: VideoTrack = {
    kind: 'video',
    codec: isHevc ? 'hevc' : 'h264',
    timescale: videoTimescale,
    width: entry.head.readUInt16BE(24),
    height: entry.head.readUInt16BE(26),
    parameterSets,
    fourcc: undefined,
    extradata: Buffer.alloc(0),
  };
  return { ...headOf(trak), track };
}

function audioTrackOf(trak: Buffer): Mp4Track<AudioTrack> | undefined {
  const entry = sampleEntryOf(trak, 28);
  const esds = entry.type === 'mp4a' ? findBox(entry.boxes, 'esds') : undefined;
  const configuration = esds && audioConfigurationIn(esds);
  if (configuration === undefined) return undefined;
  const { sampleRate, channelCount } = parseAacFormat(configuration);
  const track: AudioTrack = {
    kind: 'audio',
    codec: 'aac',
    timescale: sampleRate,
    sampleRate,
    channelCount: channelCount || entry.head.readUInt16BE(16),
    configuration,
  };
  return { ...headOf(trak), track };
}

/** The first sample entry: what stands before its boxes, and these (12.1.3, 12.2.3). */
function sampleEntryOf(trak: Buffer, headBytes: number) {
  const description = needBox(trak, 'mdia', 'minf', 'stbl', 'stsd');
  const [entry] = boxesOf(description.subarray(8));
  if (entry === undefined) throw new Error('A track has no sample entry.');
  const isLongEnough = entry.body.length > headBytes;
  const boxes = isLongEnough ? entry.body.subarray(headBytes) : Buffer.alloc(0);
  return { type: entry.type, head: entry.body.subarray(0, headBytes), boxes };
}

/** 8.3.2 and 8.4.2: both behind two times, which are 64 bit in version 1. */
function headOf(trak: Buffer): { id: number; timescale: number } {
  const behindTimes = (box: Buffer): number => (box[0] === 1 ? 20 : 12);
  const tkhd = needBox(trak, 'tkhd');
  const mdhd = needBox(trak, 'mdia', 'mdhd');
  const id = tkhd.readUInt32BE(behindTimes(tkhd));
  return { id, timescale: mdhd.readUInt32BE(behindTimes(mdhd)) };
}

/** ISO/IEC 14496-1 7.2.6: down to the DecoderSpecificInfo. */
function audioConfigurationIn(esds: Buffer): Buffer | undefined {
  const fields = new BoxFields(esds.subarray(4));
  for (;;) {
    const tag = fields.uint8();
    let length = 0;
    for (let byte = 0x80; byte >= 0x80; length = (length << 7) | (byte & 0x7f))
      byte = fields.uint8();
    // ES_ID and no flags; object type, stream type, sizes and rates.
    if (tag === 3) fields.skip(3);
    else if (tag === 4) fields.skip(13);
    else return tag === 5 ? Buffer.from(fields.bytes(length)) : undefined;
  }
}

/** The numbers of a full box behind version and flags. */
function wordsOf(body: Buffer): number[] {
  return Array.from({ length: body.length / 4 - 1 }, (_, index) =>
    body.readUInt32BE(4 + 4 * index),
  );
}
