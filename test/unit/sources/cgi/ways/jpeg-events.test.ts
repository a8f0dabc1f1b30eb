import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JpegEventReader } from '../../../../../src/sources/cgi/ways/jpeg-events.ts';
import { cuts, digest, fakeJpeg, ffmpeg, splitAt } from '../../../media/support.ts';
import {
  framesIn,
  headerOf,
  object,
  picture,
  take,
  toPipe,
  tracksIn,
  videos,
} from './asf-media.ts';

describe('JPEG', () => {
  const bare = fakeJpeg({ hasHuffmanTables: false });
  const large = fakeJpeg({ width: 1280, height: 720 });

  it('in ASF gets its tables, and tells its size when it changes', () => {
    const asf = ffmpeg('ffmpeg', [...picture(), ...videos.mjpeg, ...toPipe]);
    const [stream] = headerOf(asf).streams;
    if (stream === undefined) throw new Error('No stream.');
    const events = take(
      [stream],
      [
        ...[object(stream, bare, 40), object(stream, bare, 80), object(stream, large, 120)],
        ...[object(stream, Buffer.from('no JPEG')), object(stream, large, 160)],
      ],
    );
    expect(events.map(({ type }) => type)).toEqual([
      ...['tracks', 'tracks', 'frame', 'frame', 'tracks', 'frame', 'corrupt', 'frame'],
    ]);
    expect(tracksIn(events).map(({ video }) => video?.width)).toEqual([0, 64, 1280]);
    const [first] = framesIn(events, 'video');
    expect(first?.data[0]?.includes(Buffer.from('ffc401a2', 'hex'))).toBe(true);
    expect(first?.stamp).toBe(40);
  });

  it('in multipart has no stamps, and tells its size before the first frame', () => {
    const part = (jpeg: Buffer): Buffer =>
      Buffer.concat([Buffer.from('--ipcamera\r\nContent-Type: image/jpeg\r\n\r\n'), jpeg]);
    const stream = Buffer.concat([part(bare), part(large), part(large), part(bare)]);
    const expected = new JpegEventReader('ipcamera').push(stream);
    expect(expected.map(({ type }) => type)).toEqual([
      ...['tracks', 'frame', 'tracks', 'frame', 'frame', 'tracks', 'frame'],
    ]);
    expect(tracksIn(expected).map(({ video }) => video?.height)).toEqual([48, 720, 48]);
    expect(framesIn(expected, 'video').every(({ stamp }) => stamp === undefined)).toBe(true);
    fc.assert(
      fc.property(cuts, (places) => {
        const reader = new JpegEventReader('ipcamera');
        const events = splitAt(stream, places).flatMap((piece) => reader.push(piece));
        expect(digest(events)).toBe(digest(expected));
      }),
      { numRuns: 50 },
    );
  });
});
