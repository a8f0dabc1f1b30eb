import {
  byteLengthOf,
  type AudioTrack,
  type Frame,
  type Track,
  type VideoTrack,
} from '../frame.ts';
import { nalCodecOf } from '../nal/nal-codecs.ts';
import { audioMapping, videoMapping, type CodecMapping } from './codec-mappings.ts';
import { element, floatElement, numberElement, textElement } from './ebml.ts';

/**
 * Frames of any codec with their times, as Matroska without an end (RFC 9559): what ffmpeg children are fed with.
 * ffmpeg passes a frame on at its last byte, and does not guess at times and borders as it does with bare streams.
 *
 *     EBML │ Segment, of unknown size
 *          ├─ Info    1 tick = 10 µs
 *          ├─ Tracks  one or two
 *          └─ Cluster { Timestamp, SimpleBlock { track, +0, keyframe, frame } }   for each frame
 */

const trackNumbers = { video: 1, audio: 2 } as const;
const trackTypes = { video: 1, audio: 2 } as const;

const segmentOfUnknownSize = Buffer.from('1853806701ffffffffffffff', 'hex');
/** 10 µs: finer than a tick of 90 kHz and than a sample, so that times come back to the same tick. */
const ticksPerSecond = 100_000;
const nanosecondsPerTick = 1_000_000_000 / ticksPerSecond;

export interface MatroskaTracks {
  readonly video?: VideoTrack | undefined;
  readonly audio?: AudioTrack | undefined;
}

/** What stands before the first frame. Throws MediaFormatError for H.264 and HEVC without parameter sets. */
export function matroskaHead({ video, audio }: MatroskaTracks): Buffer {
  const entries: Buffer[] = [];
  if (video) entries.push(trackEntry(video, videoMapping(video)));
  if (audio) entries.push(trackEntry(audio, audioMapping(audio)));
  return Buffer.concat([
    element(
      'ebml',
      textElement('docType', 'matroska'),
      numberElement('docTypeVersion', 2),
      numberElement('docTypeReadVersion', 2),
    ),
    segmentOfUnknownSize,
    element(
      'info',
      numberElement('timestampScale', nanosecondsPerTick),
      textElement('muxingApp', 'camgate'),
      textElement('writingApp', 'camgate'),
    ),
    element('tracks', ...entries),
  ]);
}

function trackEntry(track: Track, { codecId, codecPrivate, bitDepth }: CodecMapping): Buffer {
  return element(
    'trackEntry',
    numberElement('trackNumber', trackNumbers[track.kind]),
    numberElement('trackUid', trackNumbers[track.kind]),
    numberElement('trackType', trackTypes[track.kind]),
    numberElement('flagLacing', 0),
    textElement('codecId', codecId),
    ...(codecPrivate.length === 0 ? [] : [element('codecPrivate', codecPrivate)]),
    track.kind === 'video' ? videoElement(track) : audioElement(track, bitDepth),
  );
}

function videoElement({ width, height }: VideoTrack): Buffer {
  return element('video', numberElement('pixelWidth', width), numberElement('pixelHeight', height));
}

function audioElement({ sampleRate, channelCount }: AudioTrack, bitDepth?: number): Buffer {
  return element(
    'audio',
    floatElement('samplingFrequency', sampleRate),
    numberElement('channels', channelCount),
    ...(bitDepth === undefined ? [] : [numberElement('bitDepth', bitDepth)]),
  );
}

/**
 * Cluster { size(8 bytes), Timestamp { size 8, value }, SimpleBlock { size(8 bytes), track, 0, flags } }, RFC 9559
 * 10.1 and 10.2: what changes from frame to frame is written over it.
 */
const blockTemplate = Buffer.from(
  '1f43b675' +
    '0100000000000000' +
    'e788' +
    '0000000000000000' +
    'a3' +
    '0100000000000000' +
    '80000000',
  'hex',
);
const clusterSizeAt = 4;
const clusterHeadBytes = 12;
const timestampAt = 14;
const blockSizeAt = 23;
const blockHeadAt = 31;
const blockHeadBytes = 4;
const keyframeFlag = 0x80;
const lengthBytes = 4;

/**
 * One frame, to be written in this order; its bytes are not copied. Times begin anywhere and are not negative;
 * B-frames come in the order of decoding, since Matroska has no decode times.
 */
export function matroskaFrame(frame: Frame, track: Track): Buffer[] {
  const hasLengths = track.kind === 'video' && nalCodecOf(track.codec) !== undefined;
  const unitCount = hasLengths ? frame.data.length : 0;
  const head = Buffer.allocUnsafe(blockTemplate.length + unitCount * lengthBytes);
  blockTemplate.copy(head);
  const byteCount = byteLengthOf(frame) + unitCount * lengthBytes;
  const clusterBytes = blockTemplate.length - clusterHeadBytes + byteCount;
  // Sizes stay below 2^32: the high half is in the template.
  head.writeUInt32BE(clusterBytes, clusterSizeAt + 4);
  const time = Math.round((frame.pts * ticksPerSecond) / track.timescale);
  head.writeUInt32BE(Math.floor(time / 2 ** 32), timestampAt);
  head.writeUInt32BE(time % 2 ** 32, timestampAt + 4);
  head.writeUInt32BE(blockHeadBytes + byteCount, blockSizeAt + 4);
  head.writeUInt8(0x80 | trackNumbers[track.kind], blockHeadAt);
  head.writeUInt8(frame.isKeyframe ? keyframeFlag : 0, blockHeadAt + 3);
  return hasLengths ? behindLengths(head, frame.data) : [head, ...frame.data];
}

/** The first length goes with the head, each other one stands alone; all are views of one memory. */
function behindLengths(head: Buffer, units: readonly Buffer[]): Buffer[] {
  const pieces: Buffer[] = [];
  let begin = 0;
  let at = blockTemplate.length;
  for (const unit of units) {
    at = head.writeUInt32BE(unit.length, at);
    pieces.push(head.subarray(begin, at), unit);
    begin = at;
  }
  return pieces;
}
