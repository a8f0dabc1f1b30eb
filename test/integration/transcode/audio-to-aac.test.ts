import { describe, expect, it, vi } from 'vitest';
import type { Frame } from '../../../src/media/frame.ts';
import { AudioEncoder } from '../../../src/transcode/audio-encoder.ts';
import { TestTools } from '../../unit/transcode/stand-in.ts';
import { bothBuilds } from '../ffmpeg/builds.ts';
import { beep } from '../ffmpeg/coded-media.ts';
import { ffmpeg } from './pixels.ts';

describe.each(await bothBuilds())('%s', (_, binary) => {
  describe('audio to AAC', () => {
    it.each(['adpcm_ima_wav', 'pcm_alaw', 'pcm_mulaw', 'pcm_s16le', 'pcm_u8'] as const)(
      '%s: a beep is heard within 40 ms of its time',
      async (codec) => {
        const seconds = 3;
        const beepMs = 1_500;
        // Any time of a run: the child is told nothing of it.
        const beginSeconds = 7_200;
        const audio = beep(codec, seconds, beepMs);
        const tools = new TestTools(binary);
        const frames: Frame[] = [];
        const encoder = new AudioEncoder({ tools, onFrame: (frame) => frames.push(frame) });
        encoder.start(audio.track);
        for (const frame of audio.frames) {
          const pts = frame.pts + beginSeconds * audio.track.timescale;
          encoder.feed({ ...frame, pts, dts: pts });
        }
        const enough = ((seconds - 0.5) * 48_000) / 1024;
        await vi.waitFor(() => expect(frames.length).toBeGreaterThan(enough));
        await encoder.dispose();
        const [first] = frames;
        expect(frames.map(({ pts }) => pts)).toEqual(
          frames.map((_frame, index) => (first?.pts ?? 0) + 1024 * index),
        );
        const loudestAt = loudestSample(decodedAac(frames));
        const heardMs = (first?.pts ?? 0) / 48 - beginSeconds * 1000 + loudestAt / 48;
        expect(Math.abs(heardMs - beepMs)).toBeLessThan(40);
        expect(tools).toMatchObject({ failures: [], restarts: {} });
      },
    );
  });
});

/** 48 kHz, one channel, behind ADTS headers (ISO/IEC 14496-3 1.A.2.2), as 16-bit samples. */
function decodedAac(frames: readonly Frame[]): Int16Array {
  const stream = frames.flatMap(({ data }) => {
    const byteCount = 7 + data.reduce((sum, { length }) => sum + length, 0);
    const header = Buffer.from([0xff, 0xf1, 0x4c, 0x40, 0, 0x1f, 0xfc]);
    header.writeUInt8(0x40 | (byteCount >> 11), 3);
    header.writeUInt8((byteCount >> 3) & 0xff, 4);
    header.writeUInt8(((byteCount & 7) << 5) | 0x1f, 5);
    return [header, ...data];
  });
  const pcm = ffmpeg(['-f', 'aac', '-i', 'pipe:0', '-f', 's16le'], Buffer.concat(stream));
  return new Int16Array(pcm.buffer, pcm.byteOffset, pcm.length / 2);
}

function loudestSample(samples: Int16Array): number {
  let at = 0;
  for (const [index, sample] of samples.entries()) {
    if (Math.abs(sample) > Math.abs(samples[at] ?? 0)) at = index;
  }
  return at;
}
