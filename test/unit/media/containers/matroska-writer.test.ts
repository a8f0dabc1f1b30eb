import { describe, expect, it } from 'vitest';
import { MediaFormatError } from '../../../../src/lib/errors.ts';
import { AsfReader } from '../../../../src/media/asf/asf-reader.ts';
import { parseSps } from '../../../../src/media/h264/h264-sps.ts';
import {
  videoTimescale,
  type AudioTrack,
  type Frame,
  type Track,
  type VideoTrack,
} from '../../../../src/media/frame.ts';
import { matroskaFrame, matroskaHead } from '../../../../src/media/matroska/matroska-writer.ts';
import { mendTimes, mp4Frames, readMp4 } from '../ffmpeg-mp4.ts';
import { FrameDecoder } from '../frame-decoder.ts';
import { complaintsOf, probeStream, probeTimes } from '../media-programs.ts';
import { ffmpeg, ffmpegBuilds } from '../support.ts';
import { accessUnitsOf, encodeStream } from '../video-programs.ts';

const [width, height] = [322, 242];
const frameTicks = 9_000;
/** Planar 4:2:0. */
const pictureBytes = width * height + 2 * Math.ceil(width / 2) * Math.ceil(height / 2);

function videoTrack(codec: VideoTrack['codec'], rest: Partial<VideoTrack> = {}): VideoTrack {
  const shape = { kind: 'video', codec, timescale: videoTimescale, width, height } as const;
  return { ...shape, parameterSets: [], fourcc: undefined, extradata: Buffer.alloc(0), ...rest };
}

function videoFrame(index: number, isKeyframe: boolean, data: readonly Buffer[]): Frame {
  const time = index * frameTicks;
  const times = { pts: time, dts: time, duration: 0, arrivedAtMs: 0 };
  return { kind: 'video', isKeyframe, data, ...times };
}

interface Media {
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

const media: Readonly<Record<string, Media>> = {
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

describe.each(ffmpegBuilds)('Matroska for %s', (build) => {
  it.each(Object.entries(media))(
    '%s is decoded frame by frame',
    async (_name, { track, frames }) => {
      const output = ['-pix_fmt', 'yuv420p', '-vsync', 'passthrough', '-f', 'rawvideo'];
      await using decoder = new FrameDecoder(build, output);
      decoder.write([matroskaHead({ video: track as VideoTrack })]);
      expect(frames.length).toBeGreaterThanOrEqual(10);
      for (const [index, frame] of frames.entries()) {
        decoder.write(matroskaFrame(frame, track));
        const count = index + 1;
        const whole = await decoder.hasPutOut(count * pictureBytes);
        expect({ count, whole, complaints: decoder.complaints }).toEqual({
          count,
          whole: true,
          complaints: '',
        });
      }
      await decoder.end();
      expect(decoder.byteCount).toBe(frames.length * pictureBytes);
    },
  );
});

function waveFormat(fields: {
  tag: number;
  sampleRate: number;
  blockBytes: number;
  bits: number;
  extra: Buffer;
}): Buffer {
  const header = Buffer.alloc(18);
  header.writeUInt16LE(fields.tag, 0);
  header.writeUInt16LE(1, 2);
  header.writeUInt32LE(fields.sampleRate, 4);
  header.writeUInt32LE((fields.sampleRate * fields.bits) / 8, 8);
  header.writeUInt16LE(fields.blockBytes, 12);
  header.writeUInt16LE(fields.bits, 14);
  header.writeUInt16LE(fields.extra.length, 16);
  return Buffer.concat([header, fields.extra]);
}

const sampleRate = 8000;

function audioTrack(
  codec: AudioTrack['codec'],
  configuration: Buffer = Buffer.alloc(0),
): AudioTrack {
  return {
    kind: 'audio',
    codec,
    timescale: sampleRate,
    sampleRate,
    channelCount: 1,
    configuration,
  };
}

/** Raw samples of a second, cut into frames of so many bytes and samples. */
function rawAudio(track: AudioTrack, block: { bytes: number; samples: number }): Media {
  const format = { pcm_alaw: 'alaw', pcm_mulaw: 'mulaw', pcm_u8: 'u8', pcm_s16le: 's16le' };
  const name = track.codec as keyof typeof format;
  const tone = ['-f', 'lavfi', '-i', `sine=duration=1:sample_rate=${sampleRate}`];
  return cutAudio(track, ffmpeg('ffmpeg', [...tone, '-f', format[name], 'pipe:1']), block);
}

function cutAudio(
  track: AudioTrack,
  bytes: Buffer,
  block: { bytes: number; samples: number },
): Media {
  const frames: Frame[] = [];
  for (let at = 0; at + block.bytes <= bytes.length; at += block.bytes) {
    const time = frames.length * block.samples;
    frames.push({
      ...{ kind: 'audio', pts: time, dts: time, duration: block.samples, isKeyframe: true },
      ...{ arrivedAtMs: 0, data: [bytes.subarray(at, at + block.bytes)] },
    });
  }
  return { track, frames };
}

/** ADPCM as cameras send it: blocks of 256 bytes, each of 505 samples. */
function adpcm(): Media {
  const extra = Buffer.from([505 & 0xff, 505 >> 8]);
  const format = waveFormat({ tag: 0x11, sampleRate, blockBytes: 256, bits: 4, extra });
  const tone = ['-f', 'lavfi', '-i', `sine=duration=2:sample_rate=${sampleRate}`];
  const wav = ffmpeg('ffmpeg', [
    ...[...tone, '-c:a', 'adpcm_ima_wav', '-block_size', '256', '-bitexact', '-f', 'wav', 'pipe:1'],
  ]);
  const data = wav.subarray(wav.indexOf('data') + 8);
  return cutAudio(audioTrack('adpcm_ima_wav', format), data, { bytes: 256, samples: 505 });
}

function aac(): Media {
  const tone = ['-f', 'lavfi', '-i', `sine=duration=2:sample_rate=${sampleRate}`, '-c:a', 'aac'];
  const mp4 = ffmpeg('ffmpeg', [
    ...tone,
    '-movflags',
    '+empty_moov+default_base_moof',
    '-f',
    'mp4',
    'pipe:1',
  ]);
  const content = readMp4(mp4);
  const track = content.audio?.track;
  if (track === undefined) throw new Error('No AAC.');
  const frames = content.fragments.flatMap((fragment) => mp4Frames(content, fragment));
  return { track, frames: mendTimes(frames, track) };
}

const audio: Readonly<Record<string, Media>> = {
  ADPCM: adpcm(),
  'A-law': rawAudio(audioTrack('pcm_alaw'), { bytes: 320, samples: 320 }),
  'mu-law': rawAudio(audioTrack('pcm_mulaw'), { bytes: 320, samples: 320 }),
  'PCM of 16 bits': rawAudio(audioTrack('pcm_s16le'), { bytes: 640, samples: 320 }),
  'PCM of 8 bits': rawAudio(audioTrack('pcm_u8'), { bytes: 320, samples: 320 }),
  AAC: aac(),
  'an unknown codec with a WAVEFORMATEX': (() => {
    const { frames, track } = adpcm();
    return { frames, track: { ...track, codec: 'unknown' } };
  })(),
};

describe.each(ffmpegBuilds)('Matroska for %s', (build) => {
  it.each(Object.entries(audio))(
    '%s is decoded block by block',
    async (_name, { track, frames }) => {
      await using decoder = new FrameDecoder(build, ['-f', 's16le']);
      decoder.write([matroskaHead({ audio: track as AudioTrack })]);
      let samples = 0;
      expect(frames.length).toBeGreaterThan(10);
      for (const frame of frames.slice(0, 12)) {
        decoder.write(matroskaFrame(frame, track));
        samples += frame.duration;
        const whole = await decoder.hasPutOut(2 * samples);
        expect({ samples, whole, complaints: decoder.complaints }).toEqual({
          samples,
          whole: true,
          complaints: '',
        });
      }
      await decoder.end();
      expect(decoder.byteCount).toBe(2 * samples);
    },
  );
});

describe('Matroska with two tracks', () => {
  const video = media['H.264'];
  const sound = audio['PCM of 16 bits'];
  if (!video || !sound) throw new Error('No media.');
  const tracks = { video: video.track as VideoTrack, audio: sound.track as AudioTrack };
  const seconds = (frame: Frame): number =>
    frame.pts / (frame.kind === 'video' ? videoTimescale : sampleRate);
  const all = [...video.frames, ...sound.frames].sort(
    (one, other) => seconds(one) - seconds(other),
  );
  const bytes = Buffer.concat([
    matroskaHead(tracks),
    ...all.flatMap((frame) =>
      matroskaFrame(frame, frame.kind === 'video' ? tracks.video : tracks.audio),
    ),
  ]);

  it('is without complaint, and what ffprobe reads', () => {
    for (const build of ffmpegBuilds) expect(complaintsOf(build, bytes)).toBe('');
    expect(probeStream(bytes, 'v')).toMatchObject({ codec_name: 'h264', width, height });
    expect(probeStream(bytes, 'a')).toMatchObject({ codec_name: 'pcm_s16le', sample_rate: '8000' });
  });

  it('tells times that come back to the same tick', () => {
    const shifted = video.frames.map((frame, index) => {
      const time = 123_456_789_012 + index * 3_003;
      return { ...frame, pts: time, dts: time };
    });
    const mkv = Buffer.concat([
      matroskaHead(tracks),
      ...shifted.flatMap((frame) => matroskaFrame(frame, tracks.video)),
    ]);
    const probed = probeTimes(mkv, 'v:0').map(({ pts }) => Math.round(pts * videoTimescale));
    expect(probed).toEqual(shifted.map(({ pts }) => pts));
  });

  it('copies no media', () => {
    const [frame] = video.frames;
    if (frame === undefined) throw new Error('No frame.');
    const chunks = matroskaFrame(frame, tracks.video);
    for (const unit of frame.data) expect(chunks).toContain(unit);
  });

  it('is refused without parameter sets', () => {
    const bare = videoTrack('h264');
    expect(() => matroskaHead({ video: bare })).toThrow(MediaFormatError);
  });
});
