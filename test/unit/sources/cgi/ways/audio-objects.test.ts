import { describe, expect, it } from 'vitest';
import { adtsFramesIn } from '../../../../../src/media/aac/adts-reader.ts';
import type { AsfAudioStream } from '../../../../../src/media/asf/asf.ts';
import { AsfEventReader } from '../../../../../src/sources/cgi/ways/asf-events.ts';
import { probeStream } from '../../../media/media-programs.ts';
import { ffmpeg } from '../../../media/support.ts';
import {
  framesIn,
  headerOf,
  matroskaOf,
  object,
  take,
  tone,
  toPipe,
  tracksIn,
} from './asf-media.ts';

describe('audio in ASF', () => {
  it.each([
    ['adpcm_ima_wav', 8000, ['-c:a', 'adpcm_ima_wav']],
    ['adpcm_ima_wav', 8000, ['-c:a', 'adpcm_ima_wav', '-ac', '2']],
    ['pcm_alaw', 8000, ['-c:a', 'pcm_alaw']],
    ['pcm_mulaw', 8000, ['-c:a', 'pcm_mulaw', '-ac', '2']],
    ['pcm_s16le', 16_000, ['-c:a', 'pcm_s16le', '-ac', '2']],
    ['pcm_u8', 8000, ['-c:a', 'pcm_u8']],
    ['aac', 48_000, ['-c:a', 'aac']],
    ['aac', 16_000, ['-c:a', 'aac', '-ac', '2']],
  ])('%s at %i Hz, %j, has as many samples as ffmpeg decodes', (codec, rate, args) => {
    const asf = ffmpeg('ffmpeg', [...tone(rate), ...args, ...toPipe]);
    const events = new AsfEventReader().push(asf);
    const channelCount = args.includes('-ac') ? 2 : 1;
    const { audio } = tracksIn(events).at(-1) ?? {};
    expect(audio).toMatchObject({ codec, sampleRate: rate, timescale: rate, channelCount });
    if (audio === undefined) return;
    const frames = framesIn(events, 'audio');
    const samples = frames.reduce((sum, { duration }) => sum + duration, 0);
    const decoded = ffmpeg('ffmpeg', ['-i', 'pipe:0', '-f', 's16le', 'pipe:1'], asf);
    expect(samples).toBe(decoded.length / 2 / channelCount);
    const mkv = matroskaOf(audio, frames);
    expect(probeStream(mkv, 'a')).toMatchObject({ codec_name: codec, channels: channelCount });
    const again = ffmpeg('ffmpeg', ['-i', 'pipe:0', '-f', 's16le', 'pipe:1'], mkv);
    expect(again.equals(decoded)).toBe(true);
  });

  it('of several blocks, or of a short one, is counted by what a decoder takes at once', () => {
    const stream = audioStream(
      Buffer.from('1100010040' + '1f0000a00f0000' + 'a4000400' + '02004101', 'hex'),
    );
    const counts = [164, 328, 100, 264, 3].map((byteCount) => {
      const [frame] = framesIn(take([stream], [object(stream, Buffer.alloc(byteCount))]), 'audio');
      return frame?.duration;
    });
    expect(counts).toEqual([321, 642, 193, 321 + 193, 0]);
  });

  it('of AAC in ADTS is taken out of it, stamped frame by frame, and tells what it is', () => {
    const adts = ffmpeg('ffmpeg', [...tone(16_000), '-c:a', 'aac', '-f', 'adts', 'pipe:1']);
    const wanted = adtsFramesIn(adts)?.slice(0, 3) ?? [];
    const length = wanted.reduce((sum, { header }) => sum + header.frameBytes, 0);
    const stream = audioStream(
      Buffer.from('ff00010040' + '1f0000401f0000' + '010010000000', 'hex'),
    );
    const events = take([stream], [object(stream, adts.subarray(0, length), 1000)]);
    expect(tracksIn(events).map(({ audio }) => audio?.sampleRate)).toEqual([8000, 16_000]);
    expect(framesIn(events, 'audio')).toEqual(
      wanted.map(({ bytes }, index) => ({
        ...{ kind: 'audio', stamp: 1000 + 64 * index, duration: 1024, isKeyframe: true },
        data: [bytes],
      })),
    );
  });

  it('of AAC without a configuration is AAC-LC at the rate of the container', () => {
    const bare = audioStream(Buffer.from('ff00010080' + 'bb000000000000' + '010010000000', 'hex'));
    const [tracks] = tracksIn(take([bare], []));
    expect(tracks?.audio).toMatchObject({
      codec: 'aac',
      configuration: Buffer.from('1188', 'hex'),
    });
    const odd = audioStream(Buffer.from('ff00010081' + 'bb000000000000' + '010010000000', 'hex'));
    expect(tracksIn(take([odd], []))[0]?.audio?.codec).toBe('unknown');
  });
});

/** The audio stream of a header with this WAVEFORMATEX, as AsfReader reads it out of a header of ffmpeg. */
function audioStream(format: Buffer): AsfAudioStream {
  const asf = ffmpeg('ffmpeg', [...tone(), '-c:a', 'pcm_alaw', ...toPipe]);
  const at = asf.indexOf(Buffer.from('0600010040' + '1f0000', 'hex'));
  const [, stream] = [...headerOf(withFormat(asf, at, format)).streams, undefined].reverse();
  if (stream?.kind !== 'audio') throw new Error('No audio stream.');
  return stream;
}

/** Writes over the WAVEFORMATEX and what stands behind it in the header, whose room it must not leave. */
function withFormat(asf: Buffer, at: number, format: Buffer): Buffer {
  const bytes = Buffer.from(asf);
  const sizeAt = at - 78 + 64;
  format.copy(bytes, at);
  bytes.writeUInt32LE(Math.max(bytes.readUInt32LE(sizeAt), format.length), sizeAt);
  return bytes;
}
