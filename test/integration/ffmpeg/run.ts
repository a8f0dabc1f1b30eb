import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import type { FfmpegBinary } from '../../../src/ffmpeg/binary.ts';
import { FfmpegChild, type FfmpegExit } from '../../../src/ffmpeg/child.ts';
import { silentLog } from '../../../src/lib/log.ts';
import type { TimedBytes } from './media.ts';

export interface Outcome {
  readonly output: Buffer;
  readonly exit: FfmpegExit;
}

/** Feeds a child as fast as it takes it, and collects what it writes. */
export async function feed(
  binary: FfmpegBinary,
  args: readonly string[],
  input: {
    readonly head: Buffer;
    readonly items: readonly TimedBytes[];
  },
): Promise<Outcome> {
  const chunks: Buffer[] = [];
  const child = FfmpegChild.start(binary, {
    purpose: 'test',
    args,
    log: silentLog,
    maxQueuedBytes: 1e9,
    onOutput: (chunk) => chunks.push(chunk),
  });
  child.write(input.head);
  for (const { bytes } of input.items) child.write(bytes);
  child.end();
  const exit = await child.exited;
  return { output: Buffer.concat(chunks), exit };
}

/** What must come has come by then, in milliseconds. */
const longestWaitMs = 20_000;

/**
 * Feeds no more than `enough` items until the first fragment is there, and does not end the input until `liveCount` are.
 * How fast the machine is does not matter: what does not come then needs more input than it may. Rejects when it does not.
 */
export async function feedInSteps(
  binary: FfmpegBinary,
  args: readonly string[],
  input: {
    readonly head: Buffer;
    readonly items: readonly TimedBytes[];
    readonly enough: number;
    readonly liveCount: number;
  },
): Promise<Outcome> {
  const chunks: Buffer[] = [];
  const child = FfmpegChild.start(binary, {
    purpose: 'test',
    args,
    log: silentLog,
    maxQueuedBytes: 1e9,
    onOutput: (chunk) => chunks.push(chunk),
  });
  const fragments = async (count: number): Promise<void> => {
    const endMs = performance.now() + longestWaitMs;
    while (countFragments(Buffer.concat(chunks)) < count) {
      if (performance.now() > endMs) throw new Error(`${count} fragments need more input`);
      await delay(20);
    }
  };
  try {
    child.write(input.head);
    for (const { bytes } of input.items.slice(0, input.enough)) child.write(bytes);
    await fragments(1);
    for (const { bytes } of input.items.slice(input.enough)) child.write(bytes);
    await fragments(input.liveCount);
  } finally {
    child.end();
  }
  const exit = await child.exited;
  return { output: Buffer.concat(chunks), exit };
}

function countFragments(mp4: Buffer): number {
  let count = 0;
  for (let at = 0; at + 8 <= mp4.length && mp4.readUInt32BE(at) >= 8; at += mp4.readUInt32BE(at))
    if (mp4.toString('latin1', at + 4, at + 8) === 'moof') count += 1;
  return count;
}

export interface ProbedStream {
  readonly codec_type: 'video' | 'audio';
  readonly codec_name: string;
  readonly width?: number;
  readonly height?: number;
  readonly pix_fmt?: string;
  readonly color_range?: string;
  readonly color_space?: string;
  readonly sample_rate?: string;
  readonly channels?: number;
  readonly nb_read_frames: string;
}

export interface ProbedFrame {
  readonly media_type: 'video' | 'audio';
  readonly key_frame: number;
  readonly pts_time: string;
}

/** What ffprobe, which decodes every frame, finds in the bytes. `errors` is what it complains of. */
export function probe(
  bytes: Buffer,
  format: 'mov' | 'mjpeg',
): Promise<{ streams: ProbedStream[]; frames: ProbedFrame[]; errors: string }> {
  const shown = ['-count_frames', '-show_streams', '-show_frames', '-of', 'json'];
  return new Promise((resolve, reject) => {
    const child = execFile(
      '/usr/bin/ffprobe',
      ['-v', 'error', ...shown, '-f', format, '-i', 'pipe:0'],
      { maxBuffer: 1e8 },
      (error, stdout, stderr) => {
        if (error !== null) reject(new Error(stderr, { cause: error }));
        else resolve({ ...(JSON.parse(stdout) as { streams: []; frames: [] }), errors: stderr });
      },
    );
    child.stdin?.on('error', () => undefined).end(bytes);
  });
}
