import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import installer from '@ffmpeg-installer/ffmpeg';
import fc from 'fast-check';

/** Less than a test has; an encoder of HEVC needs half a minute on a machine with much else to do. */
export const programTimeoutMs = 50_000;
const maxOutputBytes = 64 * 1024 * 1024;

function canRun(program: string): boolean {
  return spawnSync(program, ['-version'], { timeout: 5000 }).status === 0;
}

/** Every ffmpeg of this machine that the gateway may use. */
export const ffmpegBuilds: readonly string[] = ['ffmpeg', installer.path].filter(canRun);

export const hasFfprobe = canRun('ffprobe');

/** Runs ffmpeg over pipes and returns what it wrote; fails on a bad exit or any complaint. */
export function ffmpeg(build: string, args: readonly string[], input?: Buffer): Buffer {
  const run = spawnSync(build, ['-v', 'error', '-nostdin', ...args], {
    input,
    timeout: programTimeoutMs,
    maxBuffer: maxOutputBytes,
  });
  const complaint = run.stderr.toString();
  if (run.status !== 0 || complaint !== '') throw new Error(`ffmpeg failed: ${complaint}`);
  return run.stdout;
}

export interface ProbedPacket {
  readonly stream: number;
  readonly sizeBytes: number;
  readonly isKeyframe: boolean;
}

/** The packets as ffprobe sees them. */
export function probePackets(media: Buffer): ProbedPacket[] {
  const folder = mkdtempSync(join(tmpdir(), 'camgate-test-'));
  try {
    const file = join(folder, 'media');
    writeFileSync(file, media);
    const entries = ['-show_entries', 'packet=stream_index,size,flags', '-of', 'json'];
    const run = spawnSync('ffprobe', ['-v', 'error', ...entries, file], {
      timeout: programTimeoutMs,
    });
    const { packets } = JSON.parse(run.stdout.toString()) as {
      packets: { stream_index: number; size: string; flags: string }[];
    };
    return packets.map(({ stream_index, size, flags }) => ({
      stream: stream_index,
      sizeBytes: Number(size),
      isKeyframe: flags.startsWith('K'),
    }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Three seconds of a moving test picture at 10 frames a second, and a tone as cameras sample it. */
export const testPicture = (size: string): string[] => [
  ...['-f', 'lavfi', '-i', `testsrc=size=${size}:rate=10:duration=3`],
];
export const testTone = ['-f', 'lavfi', '-i', 'sine=duration=3:sample_rate=8000'];

/** Pieces of `bytes`, cut at numbers between 0 and 1. */
export function splitAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const offsets = [0, ...cuts.map((cut) => Math.floor(cut * bytes.length)), bytes.length];
  offsets.sort((a, b) => a - b);
  return offsets.slice(1).map((end, index) => Buffer.from(bytes.subarray(offsets[index], end)));
}

export const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 40 });

/** Events with a digest in place of each buffer, so that a difference prints as a short one. */
export function digest(value: unknown): string {
  return JSON.stringify(withoutBuffers(value));
}

function withoutBuffers(value: unknown): unknown {
  if (Buffer.isBuffer(value)) {
    return `${value.length}:${createHash('sha1').update(value).digest('hex')}`;
  }
  if (Array.isArray(value)) return value.map(withoutBuffers);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, withoutBuffers(inner)]),
  );
}

/** A picture of the right structure with noise for image data. */
export interface FakeJpeg {
  readonly width: number;
  readonly height: number;
  readonly dataBytes: number;
  readonly hasHuffmanTables: boolean;
  /** Whole segments before the frame header. */
  readonly extra: Buffer;
  readonly scanCount: number;
}

export function jpegSegment(code: number, body: Buffer): Buffer {
  const head = Buffer.from([0xff, code, 0, 0]);
  head.writeUInt16BE(body.length + 2, 2);
  return Buffer.concat([head, body]);
}

export function fakeJpeg(options: Partial<FakeJpeg> = {}): Buffer {
  const { width = 64, height = 48, dataBytes = 500, scanCount = 1 } = options;
  const tables = options.hasHuffmanTables === false ? [] : [jpegSegment(0xc4, Buffer.alloc(28, 1))];
  const frame = Buffer.from([8, 0, 0, 0, 0, 1, 1, 0x11, 0]);
  frame.writeUInt16BE(height, 1);
  frame.writeUInt16BE(width, 3);
  const scans = Array.from({ length: scanCount }, (_, index) => [
    ...(index > 0 ? tables : []),
    jpegSegment(0xda, Buffer.from([1, 1, 0, 0, 63, 0])),
    noise(dataBytes, width + index),
  ]);
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    options.extra ?? Buffer.alloc(0),
    jpegSegment(0xdb, Buffer.alloc(65, 0xff)),
    jpegSegment(scanCount > 1 ? 0xc2 : 0xc0, frame),
    ...tables,
    ...scans.flat(),
    Buffer.from([0xff, 0xd9]),
  ]);
}

/** Entropy-coded data as it may be: every FF is stuffed or a restart marker. */
function noise(byteCount: number, seed: number): Buffer {
  const bytes = Buffer.alloc(byteCount);
  let state = seed;
  for (let index = 0; index < byteCount - 1; index += 1) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    bytes[index] = state >> 16;
    if (bytes[index] !== 0xff) continue;
    index += 1;
    bytes[index] = state % 3 === 0 ? 0xd0 + (state % 8) : 0;
  }
  return bytes;
}
