import type { AccessUnit } from '../../../src/media/nal/access-units.ts';
import { AccessUnitAssembler } from '../../../src/media/nal/access-units.ts';
import { h264Units } from '../../../src/media/h264/h264-units.ts';
import { hevcUnits } from '../../../src/media/hevc/hevc-units.ts';
import { ffmpeg, ffmpegBuilds } from './support.ts';

const build = ffmpegBuilds[0] ?? 'ffmpeg';

export interface EncodeOptions {
  readonly codec: 'h264' | 'hevc';
  /** What is shown; in testsrc2 far more moves. */
  readonly source?: 'testsrc' | 'testsrc2';
  readonly size?: string;
  readonly pixels?: string;
  readonly frameCount?: number;
  readonly options?: readonly string[];
}

/** A moving test picture as a raw stream in Annex B, at 25 frames a second, a keyframe each tenth frame. */
export function encodeStream({
  codec,
  source = 'testsrc',
  size = '320x240',
  pixels = 'yuv420p',
  frameCount = 25,
  options = [],
}: EncodeOptions): Buffer {
  const encoder = codec === 'h264' ? 'libx264' : 'libx265';
  const quiet = codec === 'hevc' && !options.includes('-x265-params');
  return ffmpeg(build, [
    ...['-f', 'lavfi', '-i', `${source}=size=${size}:rate=25:duration=10`],
    ...['-frames:v', String(frameCount), '-pix_fmt', pixels, '-c:v', encoder, '-g', '10'],
    ...['-threads', '1', ...(quiet ? ['-x265-params', 'log-level=error:bframes=0'] : [])],
    ...options,
    ...['-f', codec, 'pipe:1'],
  ]);
}

/** The access units of a raw stream. */
export function accessUnitsOf(stream: Buffer, codec: 'h264' | 'hevc'): AccessUnit[] {
  const assembler = new AccessUnitAssembler(codec === 'h264' ? h264Units : hevcUnits);
  return assembler.push({ bytes: stream, stamp: 0, hasKeyFlag: false });
}

export function annexB(units: readonly Buffer[], startCode = '00000001'): Buffer {
  return Buffer.concat(units.flatMap((unit) => [Buffer.from(startCode, 'hex'), unit]));
}

export function lengthPrefixed(units: readonly Buffer[]): Buffer {
  return Buffer.concat(
    units.flatMap((unit) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(unit.length);
      return [length, unit];
    }),
  );
}
