import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { CamgateError } from '../../lib/errors.ts';
import { splitAccessUnits, splitJpegs, type EncodedFrame } from './frame-splitter.ts';
import { stripModulus } from './frame-strip.ts';
import { Scene } from './scene.ts';

export type VideoCodec = 'h264' | 'mjpeg';

/** What one encoded loop is made of. Equal values are one loop, in memory and on disk. */
export interface LoopSpec {
  readonly codec: VideoCodec;
  /** Even, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  /** Frames from keyframe to keyframe; no meaning for MJPEG, where every frame is one. */
  readonly gopFrames: number;
  /** Length of the loop, a whole number of GOPs, below stripModulus. */
  readonly frameCount: number;
  /** Constant rate with filler for H.264; undefined lets the encoder take what good quality needs. */
  readonly bitrateKbps: number | undefined;
  readonly title: string;
  /** Degrees. */
  readonly hue: number;
}

/** The smallest whole number of GOPs of at least 256 frames, as far as the strip can number them. */
export function loopFrameCount(gopFrames: number): number {
  if (!Number.isInteger(gopFrames) || gopFrames < 1 || gopFrames > stripModulus) {
    throw new CamgateError(
      'usage',
      `A GOP must have 1 to ${stripModulus} frames, not ${gopFrames}.`,
    );
  }
  return Math.min(Math.ceil(256 / gopFrames), Math.floor(stripModulus / gopFrames)) * gopFrames;
}

/** Arguments for ffmpeg: raw frames on stdin, elementary stream on stdout. Every option exists since 2018. */
export function encoderArguments(spec: LoopSpec): string[] {
  return [
    ...['-hide_banner', '-nostdin', '-loglevel', 'error'],
    ...['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${spec.width}x${spec.height}`],
    ...['-r', String(spec.fps), '-i', 'pipe:0', '-an', '-threads', '1'],
    ...(spec.codec === 'h264' ? h264Arguments(spec) : mjpegArguments()),
    'pipe:1',
  ];
}

function h264Arguments(spec: LoopSpec): string[] {
  const gop = String(spec.gopFrames);
  const rate = `${spec.bitrateKbps ?? 0}k`;
  // A constant rate with filler: the size of a stream is then what was asked for, whatever the scene.
  const rateArguments =
    spec.bitrateKbps === undefined
      ? ['-crf', '23']
      : ['-b:v', rate, '-minrate', rate, '-maxrate', rate, '-bufsize', rate];
  const constantRate = spec.bitrateKbps === undefined ? '' : ':nal-hrd=cbr';
  return [
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-profile:v', 'main', '-pix_fmt', 'yuv420p'],
    ...['-g', gop, '-keyint_min', gop, '-sc_threshold', '0', '-bf', '0', ...rateArguments],
    ...['-x264-params', `scenecut=0:bframes=0:slices=1:sliced-threads=0${constantRate}`],
    ...['-f', 'h264'],
  ];
}

function mjpegArguments(): string[] {
  return ['-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p', '-q:v', '5', '-f', 'mjpeg'];
}

/** Renders and encodes a whole loop. Rejects with ffmpeg-missing or ffmpeg-failed, or the signal's reason. */
export async function encodeLoop(
  spec: LoopSpec,
  ffmpegPath: string,
  signal: AbortSignal,
): Promise<EncodedFrame[]> {
  const child = spawn(ffmpegPath, encoderArguments(spec), {
    stdio: ['pipe', 'pipe', 'pipe'],
    signal,
  });
  const output: Buffer[] = [];
  let complaint = '';
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on(
    'data',
    (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-500)),
  );
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [exit, fed] = await Promise.allSettled([exited, feed(child.stdin, new Scene(spec), spec)]);
  signal.throwIfAborted();
  if (exit.status === 'rejected') {
    throw new CamgateError('ffmpeg-missing', `ffmpeg could not be started at ${ffmpegPath}.`, {
      cause: exit.reason,
    });
  }
  if (exit.value !== 0 || fed.status === 'rejected') {
    const what = complaint.trim() || `it ended with code ${String(exit.value)}`;
    throw new CamgateError('ffmpeg-failed', `ffmpeg did not encode the simulated scene: ${what}`);
  }
  const bytes = Buffer.concat(output);
  const frames = spec.codec === 'h264' ? splitAccessUnits(bytes) : splitJpegs(bytes);
  if (frames.length !== spec.frameCount) {
    throw new CamgateError(
      'ffmpeg-failed',
      `ffmpeg made ${frames.length} frames of ${spec.frameCount} for the simulated camera.`,
    );
  }
  return frames;
}

async function feed(stdin: NodeJS.WritableStream, scene: Scene, spec: LoopSpec): Promise<void> {
  // A child that dies early closes the pipe; waiting for `drain` alone would then never end.
  const ended = finished(stdin);
  ended.catch(() => undefined);
  for (let index = 0; index < spec.frameCount; index++) {
    // The scene reuses its buffer, the pipe keeps what it is given: copy.
    if (stdin.write(Buffer.from(scene.render(index)))) continue;
    await Promise.race([once(stdin, 'drain'), ended]);
  }
  stdin.end();
  await ended;
}
