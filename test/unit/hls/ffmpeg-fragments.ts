import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { FragmentReader } from '../../../src/media/fragment-reader.ts';
import type { Fragment, InitSegment } from '../../../src/media/types.ts';

export interface Footage {
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

/** Real fragments, one per frame, encoded by ffmpeg as the product lets it. */
export async function makeFootage(options: FootageOptions): Promise<Footage> {
  const { frameRate, gopSeconds, seconds, size = '160x120' } = options;
  const sound = options.hasAudio === true;
  const argv = [
    ...['-v', 'error', '-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${frameRate}`],
    ...(sound ? ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000'] : []),
    ...(options.filter === undefined ? [] : ['-vf', options.filter, '-vsync', 'vfr']),
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-threads', '1'],
    ...['-g', '1000', '-sc_threshold', '0'],
    ...['-force_key_frames', `expr:gte(t+0.001,n_forced*${gopSeconds})`],
    ...(options.encoder ?? []),
    ...(sound ? ['-c:a', 'aac', '-b:a', '48k'] : []),
    ...['-t', String(seconds), '-f', 'mp4'],
    ...['-movflags', '+frag_every_frame+empty_moov+default_base_moof', 'pipe:1'],
  ];
  return read(options.ffmpegPath ?? ffmpegPaths.system, argv);
}

async function read(path: string, argv: readonly string[]): Promise<Footage> {
  const child = spawn(path, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  const reader = new FragmentReader();
  const fragments: Fragment[] = [];
  let init: InitSegment | undefined;
  for await (const chunk of child.stdout) {
    for (const event of reader.push(chunk as Buffer)) {
      if (event.type === 'init') init = event.init;
      else fragments.push(event.fragment);
    }
  }
  if (init === undefined) throw new Error(`${path} made no init segment`);
  return { init, fragments };
}
