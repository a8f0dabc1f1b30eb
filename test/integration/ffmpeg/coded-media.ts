import { execFileSync } from 'node:child_process';
import type { AudioCodec, AudioTrack, Frame, VideoTrack } from '../../../src/media/frame.ts';
import { frameAt, h264Track } from '../../unit/media/frames.ts';
import {
  accessUnitsOf,
  encodeStream,
  type EncodeOptions,
} from '../../unit/media/video-programs.ts';

/** Media as cameras code it, as frames. */

export interface CodedVideo {
  readonly track: VideoTrack;
  /** In the order of decoding. */
  readonly frames: readonly Frame[];
}

/** A moving picture of 320x240 without B-frames, a keyframe each tenth frame. */
export function nalVideo(
  codec: 'h264' | 'hevc',
  {
    frameMs,
    frameCount,
    options = codec === 'h264' ? ['-bf', '0'] : [],
    ...rest
  }: { frameMs: number; frameCount: number } & Pick<EncodeOptions, 'options' | 'source'>,
): CodedVideo {
  const units = accessUnitsOf(encodeStream({ codec, frameCount, options, ...rest }), codec);
  const parameterSets = units[0]?.parameterSets ?? [];
  return {
    track: { ...h264Track, codec, width: 320, height: 240, parameterSets },
    frames: units.map((unit, index) => frameAt(index * frameMs, unit.isKeyframe, unit.units)),
  };
}

/** H.264 whose parameter sets allow fields: frames of two times, line by line, or whole frames all the same. */
export function fieldVideo(content: 'interlaced' | 'progressive', frameCount: number): CodedVideo {
  const fields = [
    ...['-vf', 'tinterlace=mode=interleave_top', '-flags', '+ildct+ilme'],
    ...['-x264-params', 'tff=1'],
  ];
  const options = content === 'interlaced' ? fields : ['-x264-params', 'fake-interlaced=1'];
  return nalVideo('h264', {
    ...{ frameMs: 40, frameCount, source: 'testsrc2', options: ['-bf', '0', ...options] },
  });
}

export type CameraAudio = Exclude<AudioCodec, 'aac' | 'unknown'>;

export interface CodedAudio {
  readonly track: AudioTrack;
  readonly frames: readonly Frame[];
}

const sampleRate = 8_000;
const adpcmBlockBytes = 256;
/** Bits of a sample; ADPCM comes in blocks that begin with a whole one (IMA). */
const sampleBytes = { pcm_alaw: 1, pcm_mulaw: 1, pcm_u8: 1, pcm_s16le: 2 } as const;

/** Silence of 8 kHz with a beep of 5 ms at `beepMs`; the blocks come in pieces of 40 ms or what ADPCM has. */
export function beep(codec: CameraAudio, seconds: number, beepMs: number): CodedAudio {
  const begin = beepMs / 1000;
  const tone = `if(between(t\\,${begin}\\,${begin + 0.005})\\,sin(6283*t)\\,0)`;
  const wav = execFileSync(
    '/usr/bin/ffmpeg',
    [
      ...['-v', 'error', '-f', 'lavfi', '-i', `aevalsrc=${tone}:s=${sampleRate}:d=${seconds}`],
      ...['-c:a', codec, '-block_size', String(adpcmBlockBytes), '-f', 'wav', 'pipe:1'],
    ],
    { maxBuffer: 1 << 24 },
  );
  const format = chunkOf(wav, 'fmt ');
  const data = chunkOf(wav, 'data');
  const isAdpcm = codec === 'adpcm_ima_wav';
  const blockSamples = isAdpcm ? (adpcmBlockBytes - 4) * 2 + 1 : 320;
  const blockBytes = isAdpcm ? adpcmBlockBytes : blockSamples * sampleBytes[codec];
  const frames: Frame[] = [];
  for (let at = 0; at + blockBytes <= data.length; at += blockBytes) {
    const pts = (at / blockBytes) * blockSamples;
    const arrivedAtMs = ((pts + blockSamples) * 1000) / sampleRate;
    const bytes = data.subarray(at, at + blockBytes);
    const times = { pts, dts: pts, duration: blockSamples, arrivedAtMs };
    frames.push({ kind: 'audio', ...times, isKeyframe: true, data: [bytes] });
  }
  const configuration = isAdpcm ? format : Buffer.alloc(0);
  const timescale = sampleRate;
  return {
    track: { kind: 'audio', codec, timescale, sampleRate, channelCount: 1, configuration },
    frames,
  };
}

/** The content of a chunk of RIFF; a length that nobody knew when it was written reaches to the end. */
function chunkOf(wav: Buffer, name: string): Buffer {
  const at = wav.indexOf(name) + 4;
  return wav.subarray(at + 4, at + 4 + wav.readUInt32LE(at));
}
