import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import type { Run } from '../../../../src/media/frame.ts';
import { mendTimes, mp4Frames, readMp4, type Mp4 } from '../../media/ffmpeg-mp4.ts';
import { startMs, type Footage } from './window-rig.ts';

/** Fragmented MP4 as ffmpeg writes it, one frame in each fragment, and what stands in it. */
export interface Fragments extends Footage {
  readonly mp4: Mp4;
}

export interface FootageOptions {
  readonly ffmpegPath?: string;
  readonly frameRate: number;
  readonly gopSeconds: number;
  readonly seconds: number;
  readonly hasAudio?: boolean;
  readonly size?: string;
  /** A filter between source and encoder, such as a `setpts` that shakes the stamps. */
  readonly filter?: string;
  /** Options of libx264 behind the usual ones, such as B-frames. */
  readonly encoder?: readonly string[];
}

const require = createRequire(import.meta.url);
/** The two builds that the product runs with. */
export const ffmpegPaths = {
  system: 'ffmpeg',
  bundled: (require('@ffmpeg-installer/ffmpeg') as { path: string }).path,
};

/** Real frames, encoded by ffmpeg as the product lets it. */
export async function makeFootage(options: FootageOptions): Promise<Footage> {
  const { run, frames } = await makeFragments(options);
  return { run, frames: mendTimes(frames, run.audio) };
}

/** The same as they stand in the fragments. */
export async function makeFragments(options: FootageOptions): Promise<Fragments> {
  const chunks: Buffer[] = [];
  for await (const chunk of encode(options)) chunks.push(chunk);
  const mp4 = readMp4(Buffer.concat(chunks));
  const { video, audio, fragments } = mp4;
  if (video === undefined) throw new Error('ffmpeg made no video');
  const run: Run = { video: video.track, audio: audio?.track, originMs: startMs };
  return { mp4, run, frames: fragments.flatMap((fragment) => mp4Frames(mp4, fragment)) };
}

function encode(options: FootageOptions): AsyncIterable<Buffer> {
  const { frameRate, gopSeconds, seconds, size = '160x120' } = options;
  const hasAudio = options.hasAudio === true;
  const argv = [
    ...['-v', 'error', '-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${frameRate}`],
    ...(hasAudio ? ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000'] : []),
    ...(options.filter === undefined ? [] : ['-vf', options.filter, '-vsync', 'vfr']),
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-threads', '1'],
    ...['-g', '1000', '-sc_threshold', '0'],
    ...['-force_key_frames', `expr:gte(t+0.001,n_forced*${gopSeconds})`],
    ...(options.encoder ?? []),
    ...(hasAudio ? ['-c:a', 'aac', '-b:a', '48k'] : []),
    ...['-t', String(seconds), '-f', 'mp4'],
    ...['-movflags', '+frag_every_frame+empty_moov+default_base_moof', 'pipe:1'],
  ];
  const child = spawn(options.ffmpegPath ?? ffmpegPaths.system, argv, {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return child.stdout as AsyncIterable<Buffer>;
}
