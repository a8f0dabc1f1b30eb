import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import type { AudioTrack, Frame, Run, VideoTrack } from '../../../../src/media/frame.ts';
import { FragmentReader } from '../../../../src/media/mp4/fragment-reader.ts';
import { SampleFrameReader } from '../../../../src/media/mp4/sample-frames.ts';
import type { Fragment, InitSegment } from '../../../../src/media/types.ts';
import { startMs, type Footage } from './window-rig.ts';

/** Fragmented MP4 as ffmpeg writes it, one frame in each fragment. */
export interface Fragments {
  readonly init: InitSegment;
  readonly fragments: readonly Fragment[];
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

/** Real frames, encoded by ffmpeg as the product lets it and read as the product reads them. */
export async function makeFootage(options: FootageOptions): Promise<Footage> {
  const reader = new SampleFrameReader();
  const frames: Frame[] = [];
  let tracks: { video: VideoTrack | undefined; audio: AudioTrack | undefined } | undefined;
  for await (const chunk of encode(options)) {
    for (const event of reader.push(chunk, 0)) {
      if (event.type === 'tracks') tracks = event;
      else frames.push(event.frame);
    }
  }
  if (tracks?.video === undefined) throw new Error('ffmpeg made no video');
  const run: Run = { id: 1, video: tracks.video, audio: tracks.audio, originMs: startMs };
  return { run, frames };
}

/** The same before it is read. */
export async function makeFragments(options: FootageOptions): Promise<Fragments> {
  const reader = new FragmentReader();
  const fragments: Fragment[] = [];
  let init: InitSegment | undefined;
  for await (const chunk of encode(options)) {
    for (const event of reader.push(chunk)) {
      if (event.type === 'init') init = event.init;
      else fragments.push(event.fragment);
    }
  }
  if (init === undefined) throw new Error('ffmpeg made no init segment');
  return { init, fragments };
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
