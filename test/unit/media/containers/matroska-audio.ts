import type { AudioTrack, Frame } from '../../../../src/media/frame.ts';
import { mendTimes, mp4Frames, readMp4 } from '../ffmpeg-mp4.ts';
import { ffmpeg } from '../support.ts';
import type { Media } from './matroska-video.ts';

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

export const sampleRate = 8000;

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

export const audios: Readonly<Record<string, Media>> = {
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
