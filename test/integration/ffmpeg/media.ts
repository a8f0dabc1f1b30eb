import { execFileSync } from 'node:child_process';
import { asfPackets, audioStream, videoStream, type AsfObject } from './asf-writer.ts';

const ffmpeg = '/usr/bin/ffmpeg';

function run(args: string[]): Buffer {
  return execFileSync(ffmpeg, ['-hide_banner', '-loglevel', 'error', ...args, 'pipe:1'], {
    maxBuffer: 1 << 28,
  });
}

export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly seconds: number;
}

const testSource = (picture: Picture): string[] => [
  '-f',
  'lavfi',
  '-i',
  `testsrc2=size=${picture.width}x${picture.height}:rate=${picture.fps}:duration=${picture.seconds}`,
];

/** H.264 access units, Annex B with parameters before each IDR, a keyframe each second, as cameras send them. */
export function h264Frames(picture: Picture): Buffer[] {
  const stream = run([
    ...testSource(picture),
    ...[
      '-c:v',
      'libx264',
      '-preset',
      'veryfast',
      '-profile:v',
      'main',
      '-pix_fmt',
      'yuv420p',
      '-bf',
      '0',
    ],
    ...['-g', `${picture.fps}`, '-x264-params', 'aud=1:repeat-headers=1:scenecut=0', '-f', 'h264'],
  ]);
  return split(stream, Buffer.from([0, 0, 0, 1, 9]));
}

/** Full-range JPEG pictures. */
export function jpegFrames(picture: Picture): Buffer[] {
  const stream = run([
    ...testSource(picture),
    '-c:v',
    'mjpeg',
    '-pix_fmt',
    'yuvj420p',
    '-q:v',
    '5',
    '-f',
    'mjpeg',
  ]);
  return split(stream, Buffer.from([0xff, 0xd8, 0xff]));
}

function split(stream: Buffer, mark: Buffer): Buffer[] {
  const starts: number[] = [];
  for (let at = stream.indexOf(mark); at >= 0; at = stream.indexOf(mark, at + mark.length))
    starts.push(at);
  return starts.map((start, index) => stream.subarray(start, starts[index + 1]));
}

/** Blocks of IMA ADPCM, 8 kHz mono. */
export function adpcmBlocks(seconds: number, blockBytes: number): Buffer[] {
  const wav = run([
    ...['-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=8000:duration=${seconds}`],
    ...['-c:a', 'adpcm_ima_wav', '-block_size', `${blockBytes}`, '-f', 'wav'],
  ]);
  const data = wav.subarray(wav.indexOf('data') + 8);
  const count = Math.floor(data.length / blockBytes);
  return Array.from({ length: count }, (_, index) =>
    data.subarray(index * blockBytes, (index + 1) * blockBytes),
  );
}

export interface TimedBytes {
  readonly timeMs: number;
  readonly kind: 'video' | 'audio';
  readonly bytes: Buffer;
}

/** Packets of both streams in the order of their times, which are those of a steady camera. */
export function asfTimeline(media: {
  readonly video: readonly Buffer[];
  readonly fps: number;
  readonly audio: readonly Buffer[];
  readonly blockMs: number;
  /** Number and time of the first frame, for a stream that goes on after a jump. */
  readonly firstVideo?: number;
  readonly fromMs?: number;
}): TimedBytes[] {
  const { firstVideo = 0, fromMs = 0 } = media;
  const video = media.video.map((bytes, index): AsfObject => {
    const number = firstVideo + index;
    const isKey = number % media.fps === 0;
    return {
      stream: videoStream,
      number,
      timeMs: Math.round(fromMs + (index * 1000) / media.fps),
      isKey,
      bytes,
    };
  });
  // A block is complete, and sent, when its last sample was recorded; its stamp is that of the first.
  const audio = media.audio.map((bytes, number): AsfObject => {
    const timeMs = Math.round(number * media.blockMs);
    return { stream: audioStream, number, timeMs, isKey: true, bytes };
  });
  const timed = [
    ...video.map((object) => ({
      timeMs: object.timeMs,
      kind: 'video' as const,
      bytes: asfPackets(object),
    })),
    ...audio.map((object) => ({
      timeMs: object.timeMs + media.blockMs,
      kind: 'audio' as const,
      bytes: asfPackets(object),
    })),
  ];
  return timed.sort((a, b) => a.timeMs - b.timeMs);
}
