import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Frame } from '../../../../src/media/frame.ts';
import { readFragments } from '../../../../src/media/mp4/fragment-reader.ts';
import { writeFragment, type FragmentRun } from '../../../../src/media/mp4/fragment-writer.ts';
import { Packetizer } from '../../../../src/media/mpegts/packets.ts';
import { pesPacket } from '../../../../src/media/mpegts/pes.ts';
import { adtsHeader, parseAdtsFormat } from '../../../../src/media/mpegts/adts.ts';
import { pids, programAssociation, programMap } from '../../../../src/media/mpegts/tables.ts';
import { TransportStreamWriter } from '../../../../src/media/mpegts/mpegts-writer.ts';
import { unsupportedReason } from '../../../../src/media/mpegts/tracks.ts';
import {
  ffmpegPaths,
  makeFootage,
  makeFragments,
  type Fragments,
} from '../../outputs/hls/ffmpeg-fragments.ts';
import { audio, video, type Footage } from '../../outputs/hls/window-rig.ts';
import { hevcSets } from '../hevc-sets.ts';
import { complaintsOf, frameHashes, packetHashes, probeTimes } from '../media-programs.ts';
import { adtsFrames, TransportStreamChecker } from './transport-stream-checker.ts';

/** From the first keyframe on, cut before each, as the segmenter does. */
function cutSegments(frames: readonly Frame[]): Frame[][] {
  const segments: Frame[][] = [];
  for (const frame of frames) {
    if (frame.kind === 'video' && frame.isKeyframe) segments.push([]);
    segments.at(-1)?.push(frame);
  }
  return segments;
}

function writeAll({ run, frames }: Footage): Buffer[] {
  const writer = new TransportStreamWriter();
  return cutSegments(frames).map((segment) =>
    writer.write({ run, frames: segment, isDiscontinuity: false }),
  );
}

/** What is stored of the frames, a fragment for each five. */
function stored({ run, frames }: Footage): Buffer[] {
  const fragments: Buffer[] = [];
  for (let at = 0; at < frames.length; at += 5) {
    const part = frames.slice(at, at + 5);
    const runOf = (kind: Frame['kind']): FragmentRun => {
      const own = part.filter((frame) => frame.kind === kind);
      const durations = own.map(({ dts }, index) => (own[index + 1]?.dts ?? dts) - dts);
      return { kind, frames: own, durations, shiftTicks: 0 };
    };
    fragments.push(writeFragment(0, [runOf('video'), ...(run.audio ? [runOf('audio')] : [])]));
  }
  return fragments;
}

const builds = Object.entries(ffmpegPaths);
const source = { frameRate: 10, gopSeconds: 1, seconds: 4 };

describe('segments of a transport stream', () => {
  describe.each(builds)('of the %s ffmpeg', (_name, ffmpegPath) => {
    it.each([
      ['with sound', { hasAudio: true }],
      ['silent', { hasAudio: false }],
      ['one picture a second', { hasAudio: true, frameRate: 1 }],
      ['large pictures', { hasAudio: false, size: '1280x720' }],
      ['B-frames', { hasAudio: true, encoder: ['-tune', 'film', '-bf', '2'] }],
    ])('keep every rule: %s', async (_what, options) => {
      const footage = await makeFragments({ ...source, ...options, ffmpegPath });
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
      const footage = await makeFragments({ ...source, ffmpegPath, hasAudio: true, encoder });
      const mp4 = Buffer.concat([footage.mp4.init, ...footage.mp4.fragments]);
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
    const footage = await makeFragments({ ...source, hasAudio: true });
    for (const segment of writeAll(footage)) {
      expect(complaintsOf(ffmpegPaths.system, segment)).toBe('');
      expect(complaintsOf(ffmpegPaths.bundled, segment)).toBe('');
    }
  });

  it('say where the time begins anew, and that the sound is gone', async () => {
    const loud = await makeFragments({ ...source, seconds: 2, hasAudio: true });
    const silent = await makeFragments({ ...source, seconds: 2 });
    const writer = new TransportStreamWriter();
    const checker = new TransportStreamChecker();
    const write = ({ run, frames }: Fragments, isDiscontinuity: boolean): number => {
      const bytes = writer.write({ run, frames, isDiscontinuity });
      const { problems, mapVersion } = checker.check(bytes);
      expect(problems).toEqual([]);
      return mapVersion;
    };
    expect(write(loud, false)).toBe(0);
    expect(write(silent, true)).toBe(1);
    expect(write(silent, true)).toBe(1);
    expect(write(loud, true)).toBe(2);
  });

  const hevc = { ...video, codec: 'hevc', parameterSets: hevcSets } as const;
  const withAudio = (hex: string) => ({
    video,
    audio: { ...audio, configuration: Buffer.from(hex, 'hex') },
  });
  const reasonOf = (what: string): string =>
    `MPEG-TS is made of H.264 and AAC only, and this camera has ${what}.`;
  it.each([
    ['H.264 alone', { video, audio: undefined }, undefined],
    ['H.264 and AAC', { video, audio }, undefined],
    ['HEVC', { video: hevc, audio }, reasonOf('video as hvc1.1.6.L93.90')],
    ['AAC that ADTS has no field for', withAudio('f94c'), reasonOf('audio as mp4a.40.42')],
    ['AAC that is cut short', withAudio('2b8a'), reasonOf('audio as mp4a.40.5')],
  ])('are made of H.264 and AAC alone: %s', (_what, run, reason) => {
    expect(unsupportedReason(run)).toBe(reason);
  });

  it.each([
    ['with B-frames and audio', { hasAudio: true, encoder: ['-tune', 'film', '-bf', '2'] }],
    ['silent', { hasAudio: false }],
  ])('are the same of stored frames: %s', async (_what, options) => {
    const footage = await makeFootage({ ...source, ...options, seconds: 2 });
    const { run, frames } = footage;
    const bytes = new TransportStreamWriter().write({ run, frames, isDiscontinuity: false });
    expect(new TransportStreamChecker().check(bytes).problems).toEqual([]);
    for (const build of Object.values(ffmpegPaths)) expect(complaintsOf(build, bytes)).toBe('');
    const again = stored(footage).flatMap((fragment) => [...readFragments(fragment)]);
    expect(again).toHaveLength(frames.length);
    const segment = { run, frames: again, isDiscontinuity: false };
    expect(new TransportStreamWriter().write(segment).equals(bytes)).toBe(true);
  });

  it('have the pictures and sound of the file that the frames are from', async () => {
    const encoder = ['-tune', 'film', '-bf', '2'];
    const { mp4, run, frames } = await makeFragments({ ...source, hasAudio: true, encoder });
    const bytes = new TransportStreamWriter().write({ run, frames, isDiscontinuity: false });
    const { system } = ffmpegPaths;
    const file = Buffer.concat([mp4.init, ...mp4.fragments]);
    const sounds = frames.filter(({ kind }) => kind === 'audio');
    expect(packetHashes(system, bytes, 'a:0')).toHaveLength(sounds.length);
    expect(frameHashes(system, bytes, 'v:0')).toEqual(frameHashes(system, file, 'v:0'));
  });

  const units = {
    sei: Buffer.from('0606 01c480'.replace(' ', ''), 'hex'),
    idr: Buffer.from('65888400', 'hex'),
  };
  const [sps, pps] = video.parameterSets.map((set) => set.toString('hex'));
  it.each([
    ['none', [units.sei, units.idr]],
    ['both, behind SEI', [units.sei, ...video.parameterSets, units.idr]],
    ['both, the wrong way round', [...video.parameterSets.toReversed(), units.sei, units.idr]],
    ['an SPS alone', [...video.parameterSets.slice(0, 1), units.sei, units.idr]],
  ])('have parameter sets in front of a keyframe that carries %s', (_what, data) => {
    const run = { video, audio: undefined };
    const frame = { kind: 'video', pts: 0, dts: 0, isKeyframe: true, data } as const;
    const bytes = new TransportStreamWriter().write({
      ...{ run, frames: [frame], isDiscontinuity: false },
    });
    const [unit] = new TransportStreamChecker().check(bytes).units;
    const expected = ['09f0', sps, pps, units.sei.toString('hex'), units.idr.toString('hex')];
    expect(unit?.payload.toString('hex')).toBe(`00000001${expected.join('00000001')}`);
  });

  it('carry parameter sets before each keyframe that lacks them', async () => {
    const { run, frames } = await makeFootage({ ...source, seconds: 2 });
    const bare = frames.map((frame) => {
      const data = frame.data.filter((unit) => ![7, 8].includes(unit.readUInt8(0) & 0x1f));
      return { ...frame, data };
    });
    const second = bare.slice(bare.findLastIndex(({ isKeyframe }) => isKeyframe));
    const segment = { run, frames: second, isDiscontinuity: false };
    const bytes = new TransportStreamWriter().write(segment);
    expect(complaintsOf(ffmpegPaths.system, bytes)).toBe('');
    expect(frameHashes(ffmpegPaths.system, bytes, 'v:0')).toHaveLength(second.length);
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
