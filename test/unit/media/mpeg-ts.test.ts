import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTransportTracks, type TransportTracks } from '../../../src/media/mpegts/tracks.ts';
import { Packetizer } from '../../../src/media/mpegts/packets.ts';
import { pesPacket } from '../../../src/media/mpegts/pes.ts';
import { adtsHeader, parseAdtsFormat } from '../../../src/media/mpegts/adts.ts';
import { pids, programAssociation, programMap } from '../../../src/media/mpegts/tables.ts';
import { TransportStreamWriter } from '../../../src/media/mpegts/mpegts-writer.ts';
import { SampleFrameReader } from '../../../src/media/mp4/sample-frames.ts';
import type { Fragment } from '../../../src/media/types.ts';
import {
  ffmpegPaths,
  makeFragments as makeFootage,
  type Fragments as Footage,
} from '../outputs/hls/ffmpeg-fragments.ts';
import { complaintsOf, frameHashes, packetHashes, probeTimes } from './media-programs.ts';
import { adtsFrames, TransportStreamChecker } from './transport-stream-checker.ts';

function tracksOf(footage: Footage): TransportTracks {
  const tracks = readTransportTracks(footage.init.bytes);
  if (tracks.kind === 'unsupported') throw new Error(tracks.reason);
  return tracks;
}

/** From the first keyframe on, cut before each, as the segmenter does; a part of five fragments. */
function cutSegments(footage: Footage): Buffer[][] {
  const isStart = ({ runs }: Fragment): boolean =>
    runs.some((run) => run.trackId === 1 && run.isKeyframe);
  const segments: Buffer[][] = [];
  for (const fragment of footage.fragments) {
    if (isStart(fragment)) segments.push([]);
    segments.at(-1)?.push(fragment.bytes);
  }
  return segments.map((fragments) => {
    const parts: Buffer[] = [];
    for (let at = 0; at < fragments.length; at += 5) {
      parts.push(Buffer.concat(fragments.slice(at, at + 5)));
    }
    return parts;
  });
}

function writeAll(footage: Footage): Buffer[] {
  const writer = new TransportStreamWriter();
  const tracks = tracksOf(footage);
  return cutSegments(footage).map((parts) =>
    writer.write({ tracks, parts, isDiscontinuity: false }),
  );
}

const builds = Object.entries(ffmpegPaths);
const source = { frameRate: 10, gopSeconds: 1, seconds: 4 };

describe('segments of a transport stream from real fragments', () => {
  describe.each(builds)('of the %s ffmpeg', (_name, ffmpegPath) => {
    it.each([
      ['with sound', { hasAudio: true }],
      ['silent', { hasAudio: false }],
      ['one picture a second', { hasAudio: true, frameRate: 1 }],
      ['large pictures', { hasAudio: false, size: '1280x720' }],
      ['B-frames', { hasAudio: true, encoder: ['-tune', 'film', '-bf', '2'] }],
    ])('keep every rule: %s', async (_what, options) => {
      const footage = await makeFootage({ ...source, ...options, ffmpegPath });
      const checker = new TransportStreamChecker();
      const segments = writeAll(footage).map((bytes) => checker.check(bytes));
      expect(segments.flatMap(({ problems }) => problems)).toEqual([]);
      expect(segments.length).toBeGreaterThanOrEqual(4);
      for (const { units, streamTypes } of segments) {
        const first = units.find(({ pid }) => pid === pids.video);
        expect(first?.isRandomAccess).toBe(true);
        expect([...streamTypes.values()]).toEqual(options.hasAudio ? [0x1b, 0x0f] : [0x1b]);
      }
    });
  });

  it.each(builds)(
    'show the same pictures and sound at the same times: %s',
    async (_, ffmpegPath) => {
      const encoder = ['-tune', 'film', '-bf', '2'];
      const footage = await makeFootage({ ...source, ffmpegPath, hasAudio: true, encoder });
      const mp4 = Buffer.concat([
        footage.init.bytes,
        ...footage.fragments.map(({ bytes }) => bytes),
      ]);
      const ts = Buffer.concat(writeAll(footage));
      for (const build of Object.values(ffmpegPaths)) expect(complaintsOf(build, ts)).toBe('');
      const { system } = ffmpegPaths;
      expect(frameHashes(system, ts, 'v:0')).toEqual(frameHashes(system, mp4, 'v:0'));
      // Of two AAC frames that ffmpeg stamped alike in the MP4, it decodes one.
      const sounds = frameHashes(system, mp4, 'a:0');
      expect(sounds.length).toBeGreaterThan(150);
      expect(frameHashes(system, ts, 'a:0')).toEqual(expect.arrayContaining(sounds));
      const inMp4 = probeTimes(mp4, 'v:0');
      const inTs = probeTimes(ts, 'v:0');
      expect(inTs).toHaveLength(inMp4.length);
      inTs.forEach(({ pts, dts }, index) => {
        expect(pts - (inMp4[index]?.pts ?? NaN)).toBeCloseTo(0.7, 3);
        expect(dts - (inMp4[index]?.dts ?? NaN)).toBeCloseTo(0.7, 3);
      });
      const [sound] = probeTimes(ts, 'a:0');
      const [soundInMp4] = probeTimes(mp4, 'a:0');
      expect((sound?.pts ?? NaN) - (soundInMp4?.pts ?? NaN)).toBeCloseTo(0.7, 2);
    },
  );

  it('can be entered at each segment', async () => {
    const footage = await makeFootage({ ...source, hasAudio: true });
    for (const segment of writeAll(footage)) {
      expect(complaintsOf(ffmpegPaths.system, segment)).toBe('');
      expect(complaintsOf(ffmpegPaths.bundled, segment)).toBe('');
    }
  });

  it('say where the time begins anew, and that the sound is gone', async () => {
    const loud = await makeFootage({ ...source, seconds: 2, hasAudio: true });
    const silent = await makeFootage({ ...source, seconds: 2 });
    const writer = new TransportStreamWriter();
    const checker = new TransportStreamChecker();
    const write = (footage: Footage, isDiscontinuity: boolean): number => {
      const parts = footage.fragments.map(({ bytes }) => bytes);
      const bytes = writer.write({ tracks: tracksOf(footage), parts, isDiscontinuity });
      const { problems, mapVersion } = checker.check(bytes);
      expect(problems).toEqual([]);
      return mapVersion;
    };
    expect(write(loud, false)).toBe(0);
    expect(write(silent, true)).toBe(1);
    expect(write(silent, true)).toBe(1);
    expect(write(loud, true)).toBe(2);
  });

  it('refuse what is no H.264', async () => {
    const footage = await makeFootage({ ...source, seconds: 1 });
    const bytes = Buffer.from(footage.init.bytes);
    bytes.write('vp09', bytes.indexOf('avc1', bytes.indexOf('stsd')), 'latin1');
    bytes.write('vpcC', bytes.indexOf('avcC'), 'latin1');
    expect(readTransportTracks(bytes)).toEqual({
      kind: 'unsupported',
      reason: 'MPEG-TS is made of H.264 and AAC only, and this camera has video as vp09.',
    });
  });
});

describe('segments of a transport stream from frames', () => {
  it.each([
    ['with B-frames and audio', { hasAudio: true, encoder: ['-tune', 'film', '-bf', '2'] }],
    ['silent', { hasAudio: false }],
  ])('are those from fragments: %s', async (_what, options) => {
    const footage = await makeFootage({ ...source, ...options, seconds: 2 });
    const reader = new SampleFrameReader();
    const fragments = footage.fragments.map(({ bytes }) => bytes);
    const events = [footage.init.bytes, ...fragments].flatMap((bytes) => reader.push(bytes, 0));
    const [first] = events;
    if (first?.type !== 'tracks' || first.video === undefined) throw new Error('No video.');
    const run = { video: first.video, audio: first.audio };
    const frames = events.flatMap((event) => (event.type === 'frame' ? [event.frame] : []));
    const bytes = new TransportStreamWriter().writeFrames({ run, frames, isDiscontinuity: false });
    expect(new TransportStreamChecker().check(bytes).problems).toEqual([]);
    for (const build of Object.values(ffmpegPaths)) expect(complaintsOf(build, bytes)).toBe('');
    const segment = { tracks: tracksOf(footage), parts: fragments, isDiscontinuity: false };
    const expected = new TransportStreamWriter().write(segment);
    const { system } = ffmpegPaths;
    expect(frameHashes(system, bytes, 'v:0')).toEqual(frameHashes(system, expected, 'v:0'));
    expect(probeTimes(bytes, 'v:0')).toEqual(probeTimes(expected, 'v:0'));
    if (!options.hasAudio) return;
    const [audio] = probeTimes(bytes, 'a:0');
    // Without the frame of the encoder's delay.
    const [, other] = probeTimes(expected, 'a:0');
    expect(Math.abs((audio?.pts ?? NaN) - (other?.pts ?? NaN))).toBeLessThan(0.022);
    const packets = packetHashes(system, expected, 'a:0');
    expect(packetHashes(system, bytes, 'a:0')).toEqual(packets.slice(-packets.length + 1));
  });

  it('carry parameter sets before each keyframe that lacks them', async () => {
    const footage = await makeFootage({ ...source, seconds: 2 });
    const reader = new SampleFrameReader();
    const events = [footage.init.bytes, ...footage.fragments.map(({ bytes }) => bytes)].flatMap(
      (bytes) => reader.push(bytes, 0),
    );
    const [first] = events;
    if (first?.type !== 'tracks' || first.video === undefined) throw new Error('No video.');
    const run = { video: first.video, audio: undefined };
    const bare = events.flatMap((event) => {
      if (event.type !== 'frame') return [];
      const data = event.frame.data.filter((unit) => ![7, 8].includes(unit.readUInt8(0) & 0x1f));
      return [{ ...event.frame, data }];
    });
    const second = bare.findLastIndex(({ isKeyframe }) => isKeyframe);
    const frames = bare.slice(second);
    const bytes = new TransportStreamWriter().writeFrames({ run, frames, isDiscontinuity: false });
    expect(complaintsOf(ffmpegPaths.system, bytes)).toBe('');
    expect(frameHashes(ffmpegPaths.system, bytes, 'v:0')).toHaveLength(frames.length);
  });
});

describe('the writer', () => {
  const payloads = fc.array(fc.uint8Array({ minLength: 1, maxLength: 2000 }), { maxLength: 8 });

  it('carries any payload through packets', () => {
    const time = fc.integer({ min: 0, max: 2 ** 40 });
    fc.assert(
      fc.property(payloads, time, fc.nat(100_000), (chunks, dts, offset) => {
        const packets = new Packetizer();
        packets.addSection(pids.pat, programAssociation());
        packets.addSection(pids.pmt, programMap({ hasAudio: false, version: 0 }));
        const written = chunks.map((chunk) =>
          Buffer.concat([Buffer.from([0, 0, 0, 1, 9, 0xf0]), Buffer.from(chunk.map((b) => b | 8))]),
        );
        for (const payload of written) {
          const pcr = dts;
          const adaptation = { isRandomAccess: false, isDiscontinuity: false, pcr };
          const pes = pesPacket(0xe0, { pts: dts + offset, dts }, [payload]);
          packets.addPayload(pids.video, pes, adaptation);
        }
        const { problems, units } = new TransportStreamChecker().check(packets.take());
        expect(problems).toEqual([]);
        expect(units.map(({ payload }) => payload.toString('hex'))).toEqual(
          written.map((payload) => payload.toString('hex')),
        );
        for (const unit of units) {
          expect(unit.dts).toBe(dts % 2 ** 33);
          expect(unit.pts).toBe((dts + offset) % 2 ** 33);
        }
      }),
    );
  });

  it('frames any AAC payload', () => {
    const frames = fc.array(fc.uint8Array({ minLength: 1, maxLength: 8184 }), { maxLength: 4 });
    fc.assert(
      fc.property(frames, (payloads) => {
        const format = { profile: 1, samplingFrequencyIndex: 3, channelConfiguration: 2 };
        const bytes = payloads.flatMap((payload) => [
          adtsHeader(format, payload.length),
          Buffer.from(payload),
        ]);
        expect(adtsFrames(Buffer.concat(bytes))?.map((frame) => frame.toString('hex'))).toEqual(
          payloads.map((payload) => Buffer.from(payload).toString('hex')),
        );
      }),
    );
    expect(() =>
      adtsHeader({ profile: 1, samplingFrequencyIndex: 3, channelConfiguration: 1 }, 8185),
    ).toThrow('too long');
  });

  it.each([
    [
      'AAC-LC, 48 kHz, mono',
      '1188',
      { profile: 1, samplingFrequencyIndex: 3, channelConfiguration: 1 },
    ],
    [
      'AAC-LC, 44.1 kHz, stereo',
      '1210',
      { profile: 1, samplingFrequencyIndex: 4, channelConfiguration: 2 },
    ],
    [
      'HE-AAC, core of 24 kHz',
      '2b118800',
      { profile: 1, samplingFrequencyIndex: 6, channelConfiguration: 2 },
    ],
    ['a frequency in 24 bits', '1780bb8008', undefined],
    ['channels in the stream', '1180', undefined],
    ['USAC', 'f94c', undefined],
  ])('reads an AudioSpecificConfig: %s', (_name, hex, format) => {
    expect(parseAdtsFormat(Buffer.from(hex, 'hex'))).toEqual(format);
  });

  it('writes the program map as the standard draws it', () => {
    expect(programAssociation().toString('hex')).toBe('00b00d0001c100000001f0002ab104b2');
    expect(programMap({ hasAudio: true, version: 0 }).subarray(0, -4).toString('hex')).toBe(
      '02b0170001c10000e100f0001be100f0000fe101f000',
    );
  });
});

describe('samples of fragments', () => {
  it('are refused when they reach out of their fragment', async () => {
    const footage = await makeFootage({ ...source, seconds: 1 });
    const [first] = footage.fragments;
    const cut = Buffer.from(first?.bytes ?? []);
    cut.writeUInt32BE(cut.length * 2, cut.indexOf('trun') + 12);
    const writer = new TransportStreamWriter();
    expect(() =>
      writer.write({ tracks: tracksOf(footage), parts: [cut], isDiscontinuity: false }),
    ).toThrow('reaches out');
  });
});
