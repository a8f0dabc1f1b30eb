import { execFileSync } from 'node:child_process';

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
