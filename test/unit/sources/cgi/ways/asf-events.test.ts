import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AsfEventReader } from '../../../../../src/sources/cgi/ways/asf-events.ts';
import { frameHashes } from '../../../media/media-programs.ts';
import { cuts, digest, ffmpeg, probePackets, splitAt } from '../../../media/support.ts';
import { framesIn, matroskaOf, picture, tone, toPipe, tracksIn, videos } from './asf-media.ts';

describe.each(Object.entries(videos))('%s in ASF', (codec, args) => {
  const sound = ['-c:a', 'adpcm_ima_wav'];
  const asf = ffmpeg('ffmpeg', [...picture(), ...tone(), ...args, ...sound, ...toPipe]);
  const events = new AsfEventReader().push(asf);
  const frames = framesIn(events, 'video');

  it('comes as frames that decode like the original', () => {
    expect(events.filter(({ type }) => type === 'corrupt')).toEqual([]);
    const { video, audio } = tracksIn(events).at(-1) ?? {};
    expect(video).toMatchObject({ codec, width: 320, height: 240, timescale: 90_000 });
    expect(audio).toMatchObject({ codec: 'adpcm_ima_wav', sampleRate: 8000, channelCount: 1 });
    expect(frames.map(({ stamp }) => stamp)).toEqual(frames.map((_, index) => index * 100));
    expect(frames).toHaveLength(30);
    if (video === undefined) return;
    const hashes = frameHashes('ffmpeg', matroskaOf(video, frames), 'v:0');
    // ASF has no reader's mark for HEVC in ffmpeg 5.1.
    if (codec !== 'hevc') expect(hashes).toEqual(frameHashes('ffmpeg', asf, 'v:0'));
    expect(new Set(hashes).size).toBe(30);
  });

  it('has the keyframes that ffprobe sees', () => {
    const keyframes = probePackets(asf).filter(({ stream }) => stream === 0);
    expect(frames.map(({ isKeyframe }) => isKeyframe)).toEqual(
      keyframes.map(({ isKeyframe }) => isKeyframe),
    );
  });

  it('is the same however the bytes are cut', () => {
    fc.assert(
      fc.property(cuts, (places) => {
        const reader = new AsfEventReader();
        const found = splitAt(asf, places).flatMap((piece) => reader.push(piece));
        expect(digest(found)).toBe(digest(events));
      }),
      { numRuns: 10 },
    );
  });
});
