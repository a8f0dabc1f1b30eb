import { execFile } from 'node:child_process';
import type { AccessUnit } from '../../../src/media/nal/access-units.ts';
import { accessUnitsOf } from '../../unit/media/video-programs.ts';

/** Of what is compared, in pixels. */
const [width, height] = [80, 60];
const frameBytes = width * height;

/**
 * What an encoded picture may differ from the camera's on average of its pixels, of 255: less than half of this. A
 * picture that is not whole differs by 1 to 7 from the one that is nearest, but in the last two frames of a refresh.
 */
export const tornError = 1;

/** A moving picture with one IDR picture at the beginning, and parameter sets at it and at recovery points alone. */
export interface RefreshedVideo {
  readonly units: readonly AccessUnit[];
  /** Of media that was made of it: how far each picture is from the one of the original that is nearest to it. */
  errorsOf(media: Buffer, format: PictureFormat): Promise<number[]>;
}

type PictureFormat = 'h264' | 'mp4' | 'mjpeg';

/** 320x240, refreshed every `refreshFrames`. */
export async function encodeRefreshed(options: {
  readonly fps: number;
  readonly seconds: number;
  readonly refreshFrames: number;
  /** In a row. */
  readonly bFrames?: number;
}): Promise<RefreshedVideo> {
  const { fps, seconds, refreshFrames, bFrames = 0 } = options;
  const source = `testsrc2=size=320x240:rate=${fps}:duration=${seconds}`;
  const parameters = `intra-refresh=1:keyint=${refreshFrames}:bframes=${bFrames}:repeat-headers=1`;
  const encoder = ['-c:v', 'libx264', '-preset', 'veryfast', '-threads', '1', '-rc-lookahead', '0'];
  const stream = await ffmpeg([
    ...['-f', 'lavfi', '-i', source, ...encoder, '-x264-params', parameters],
    ...['-pix_fmt', 'yuv420p', '-f', 'h264'],
  ]);
  const originals = await picturesOf(stream, 'h264');
  const errorOf = (picture: Buffer): number =>
    Math.min(...originals.map((original) => distanceOf(picture, original)));
  return {
    units: accessUnitsOf(stream, 'h264'),
    errorsOf: async (media, format) => (await picturesOf(media, format)).map(errorOf),
  };
}

/** Luma of each picture that a decoder shows, made smaller. */
async function picturesOf(media: Buffer, format: PictureFormat): Promise<Buffer[]> {
  const input = ['-f', format, '-i', 'pipe:0', '-vsync', 'passthrough'];
  const output = ['-s', `${width}x${height}`, '-pix_fmt', 'gray', '-f', 'rawvideo'];
  const raw = await ffmpeg([...input, ...output], media);
  return Array.from({ length: raw.length / frameBytes }, (_, index) =>
    raw.subarray(index * frameBytes, (index + 1) * frameBytes),
  );
}

function distanceOf(one: Buffer, other: Buffer): number {
  let sum = 0;
  for (let at = 0; at < frameBytes; at += 1) sum += Math.abs((one[at] ?? 0) - (other[at] ?? 0));
  return sum / frameBytes;
}

function ffmpeg(args: readonly string[], input: Buffer = Buffer.alloc(0)): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      '/usr/bin/ffmpeg',
      ['-v', 'error', ...args, 'pipe:1'],
      { encoding: 'buffer', maxBuffer: 1 << 28 },
      (error, stdout) => {
        if (error === null) resolve(stdout);
        else reject(new Error(error.message));
      },
    );
    child.stdin?.on('error', () => undefined).end(input);
  });
}
