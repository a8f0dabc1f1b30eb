import { AsfReader } from '../../../../src/media/asf/asf-reader.ts';
import {
  videoTimescale,
  type Frame,
  type Track,
  type VideoTrack,
} from '../../../../src/media/frame.ts';
import { parseSps } from '../../../../src/media/h264/h264-sps.ts';
import { ffmpeg } from '../support.ts';
import { accessUnitsOf, encodeStream } from '../video-programs.ts';

export const [width, height] = [322, 242];
const frameTicks = 9_000;
/** Planar 4:2:0. */
export const pictureBytes = width * height + 2 * Math.ceil(width / 2) * Math.ceil(height / 2);

export function videoTrack(codec: VideoTrack['codec'], rest: Partial<VideoTrack> = {}): VideoTrack {
  const shape = { kind: 'video', codec, timescale: videoTimescale, width, height } as const;
  return { ...shape, parameterSets: [], fourcc: undefined, extradata: Buffer.alloc(0), ...rest };
}

function videoFrame(index: number, isKeyframe: boolean, data: readonly Buffer[]): Frame {
  const time = index * frameTicks;
  const times = { pts: time, dts: time, duration: 0, arrivedAtMs: 0 };
  return { kind: 'video', isKeyframe, data, ...times };
}

export interface Media {
  readonly track: Track;
  readonly frames: readonly Frame[];
}

function nalMedia(codec: 'h264' | 'hevc', options: readonly string[]): Media {
  const stream = encodeStream({ codec, size: `${width}x${height}`, frameCount: 12, options });
  const units = accessUnitsOf(stream, codec);
  return {
    track: videoTrack(codec, { parameterSets: units[0]?.parameterSets ?? [] }),
    frames: units.map((unit, index) => videoFrame(index, unit.isKeyframe, unit.units)),
  };
}

/** As cameras send it: the SPS ends before the VUI, which would say that no frame comes out of order. */
function withoutUsability({ track, frames }: Media): Media {
  const [sps = Buffer.alloc(0), ...others] = (track as VideoTrack).parameterSets;
  const parameterSets = [cutBeforeUsability(sps), ...others];
  const cut = (frame: Frame): Frame => ({
    ...frame,
    data: frame.data.map((unit) => (unit.equals(sps) ? cutBeforeUsability(sps) : unit)),
  });
  return { track: { ...(track as VideoTrack), parameterSets }, frames: frames.map(cut) };
}

/** The SPS up to where its size is told whatever follows, then no VUI (a 0) and the bit that ends it. */
function cutBeforeUsability(sps: Buffer): Buffer {
  const bits = Array.from(sps, (byte) => byte.toString(2).padStart(8, '0')).join('');
  for (let length = 40; length < bits.length; length += 1) {
    if (bits[length] !== '1') continue; // vui_parameters_present_flag
    const cut = `${bits.slice(0, length)}0`;
    if (tellsSize(`${cut}0${'1'.repeat(40)}`) && tellsSize(`${cut}1${'0'.repeat(40)}`)) {
      return bytesOf(`${cut}1`);
    }
  }
  throw new Error('The SPS cannot be cut.');
}

function tellsSize(bits: string): boolean {
  try {
    const parameters = parseSps(bytesOf(bits));
    return parameters.width === width && parameters.height === height;
  } catch {
    return false;
  }
}

function bytesOf(bits: string): Buffer {
  const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, '0');
  return Buffer.from((padded.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
}

/** By way of ASF, whose objects are frames of these codecs. */
function objectMedia(track: VideoTrack, encoder: readonly string[]): Media {
  const source = ['-f', 'lavfi', '-i', `testsrc=size=${width}x${height}:rate=10:duration=1`];
  const asf = ffmpeg('ffmpeg', [...source, ...encoder, '-f', 'asf', 'pipe:1']);
  const frames: Frame[] = [];
  for (const event of new AsfReader().push(asf)) {
    if (event.type !== 'object') continue;
    const { isKeyframe, bytes } = event.object;
    frames.push(videoFrame(frames.length, isKeyframe, [bytes]));
  }
  return { track, frames };
}

export const videos: Readonly<Record<string, Media>> = {
  MJPEG: objectMedia(videoTrack('mjpeg'), ['-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p']),
  'H.264': nalMedia('h264', ['-tune', 'zerolatency']),
  'H.264 without word of reordering': withoutUsability(nalMedia('h264', ['-tune', 'zerolatency'])),
  HEVC: nalMedia('hevc', []),
  'MPEG-4 part 2': objectMedia(videoTrack('mpeg4', { fourcc: 'MP4S' }), [
    '-c:v',
    'mpeg4',
    '-g',
    '10',
  ]),
  'a four-character code': objectMedia(videoTrack('unknown', { fourcc: 'WMV1' }), ['-c:v', 'wmv1']),
};
