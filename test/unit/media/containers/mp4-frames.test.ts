import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MediaFormatError } from '../../../../src/lib/errors.ts';
import {
  videoTimescale,
  type AudioTrack,
  type Frame,
  type VideoTrack,
} from '../../../../src/media/frame.ts';
import { codecStringOf } from '../../../../src/media/codec-strings.ts';
import { writeFragment, type FragmentRun } from '../../../../src/media/mp4/fragment-writer.ts';
import { sampleDefaults, writeInitSegment } from '../../../../src/media/mp4/init-writer.ts';
import { readSamples } from '../../../../src/media/mp4/track-samples.ts';
import { mendTimes, mp4Frames, readMp4, readMp4Tracks } from '../ffmpeg-mp4.ts';
import {
  complaintsOf,
  frameHashes,
  packetHashes,
  probeStream,
  probeTimes,
} from '../media-programs.ts';
import { ffmpeg, ffmpegBuilds, probePackets } from '../support.ts';

const fragmented = [
  '-movflags',
  '+frag_keyframe+empty_moov+default_base_moof',
  '-f',
  'mp4',
  'pipe:1',
];
const picture = ['-f', 'lavfi', '-i', 'testsrc=size=322x242:rate=10:duration=3'];
const tone = ['-f', 'lavfi', '-i', 'sine=duration=3:sample_rate=48000'];
const x264 = ['-c:v', 'libx264', '-g', '10', '-video_track_timescale', '90000'];
const aac = ['-c:a', 'aac', '-b:a', '48k'];

const footage = {
  'H.264 with B-frames and AAC': [
    ...[...picture, ...tone, ...x264, '-pix_fmt', 'yuv420p', '-bf', '2', ...aac],
    ...['-frag_duration', '200000'],
  ],
  'H.264 with colours and a sample aspect': [
    ...[...picture, ...x264, '-pix_fmt', 'yuv420p', '-vf', 'setsar=12/11'],
    ...['-x264-params', 'colorprim=bt709:transfer=bt709:colormatrix=bt709:fullrange=on'],
  ],
  'H.264 in another timescale': [
    ...[
      ...picture,
      '-c:v',
      'libx264',
      '-pix_fmt',
      'yuv420p',
      '-bf',
      '0',
      '-video_track_timescale',
      '12800',
    ],
  ],
  HEVC: [
    ...[...picture, '-pix_fmt', 'yuv420p', '-c:v', 'libx265', '-tag:v', 'hvc1'],
    ...['-x265-params', 'log-level=error:keyint=10:bframes=0', '-video_track_timescale', '90000'],
  ],
};

interface Content {
  readonly video: VideoTrack;
  readonly audio: AudioTrack | undefined;
  readonly frames: readonly Frame[];
}

function contentOf(bytes: Buffer): Content {
  const mp4 = readMp4(bytes);
  const { video, audio } = mp4;
  if (video === undefined) throw new Error('No video track.');
  const frames = mp4.fragments.flatMap((fragment) => mp4Frames(mp4, fragment));
  return {
    video: video.track,
    audio: audio?.track,
    frames: mendTimes(frames, audio?.track),
  };
}

function runOf(kind: 'video' | 'audio', all: readonly Frame[], lastDuration: number): FragmentRun {
  const frames = all.filter((frame) => frame.kind === kind);
  const durations = frames.map((frame, index) => {
    const next = frames[index + 1];
    return frame.duration || (next === undefined ? lastDuration : next.dts - frame.dts);
  });
  return { kind, frames, durations, shiftTicks: 0 };
}

/** Frames that begin within so many ticks of 90 kHz make a fragment. */
function write(content: Content, partTicks = 27_000): Buffer {
  const { video, audio, frames } = content;
  const parts = new Map<number, Frame[]>();
  for (const frame of frames) {
    const { timescale } = frame.kind === 'video' ? video : (audio ?? video);
    const part = Math.floor(((frame.dts / timescale) * videoTimescale) / partTicks);
    parts.set(part, [...(parts.get(part) ?? []), frame]);
  }
  const fragments = [...parts.entries()]
    .sort(([one], [other]) => one - other)
    .map(([number, part]) =>
      writeFragment(number + 1, [runOf('video', part, 9000), runOf('audio', part, 1024)]),
    );
  return Buffer.concat([writeInitSegment({ video, audio }), ...fragments]);
}

describe.each(Object.entries(footage))('%s', (name, args) => {
  const original = ffmpeg('ffmpeg', [...args, ...fragmented]);
  const content = contentOf(original);
  const written = write(content);

  it('is read as ffprobe does', () => {
    const scale = content.video.timescale;
    const times = content.frames.filter(({ kind }) => kind === 'video');
    expect(times.map(({ pts, dts }) => ({ pts: pts / scale, dts: dts / scale }))).toEqual(
      probeTimes(original, 'v:0').map(({ pts, dts }) => ({
        pts: expect.closeTo(pts, 4) as number,
        dts: expect.closeTo(dts, 4) as number,
      })),
    );
    const keyframes = probePackets(original).filter(({ stream }) => stream === 0);
    expect(times.map(({ isKeyframe }) => isKeyframe)).toEqual(
      keyframes.map(({ isKeyframe }) => isKeyframe),
    );
    expect(content.video).toMatchObject({ width: 322, height: 242, timescale: 90_000 });
  });

  it('is written so that ffmpeg decodes the same frames at the same times', () => {
    for (const build of ffmpegBuilds) expect(complaintsOf(build, written)).toBe('');
    expect(frameHashes('ffmpeg', written, 'v:0')).toEqual(frameHashes('ffmpeg', original, 'v:0'));
    const first = probeTimes(original, 'v:0');
    expect(probeTimes(written, 'v:0')).toEqual(
      first.map(({ pts, dts }) => ({
        pts: expect.closeTo(pts, 4) as number,
        dts: expect.closeTo(dts, 4) as number,
      })),
    );
  });

  it('has an init segment that says what the one of ffmpeg does', () => {
    const facts = [
      ...['codec_name', 'profile', 'codec_tag_string', 'level', 'width', 'height', 'pix_fmt'],
      ...['sample_aspect_ratio', 'display_aspect_ratio', 'color_range', 'color_space'],
      ...['color_transfer', 'color_primaries', 'has_b_frames', 'is_avc', 'nal_length_size'],
    ];
    const probed = probeStream(written, 'v');
    const expected = probeStream(original, 'v');
    for (const fact of facts) expect([fact, probed[fact]]).toEqual([fact, expected[fact]]);
    const said = readMp4Tracks(writeInitSegment(content));
    const others = readMp4Tracks(original);
    expect([said.video?.track, said.audio?.track]).toEqual([
      others.video?.track,
      others.audio?.track,
    ]);
    expect([said.video?.timescale, said.audio?.timescale]).toEqual([
      90_000,
      content.audio && 48_000,
    ]);
    expect([...said.defaults]).toEqual(
      [...sampleDefaults].slice(0, content.audio === undefined ? 1 : 2),
    );
    expect(codecStringOf(content.video)).toBe(codecStringIn(original));
  });

  it.runIf(name.includes('AAC'))('has the same audio, without a gap', () => {
    const audio = content.frames.filter(({ kind }) => kind === 'audio');
    expect(audio.length).toBeGreaterThan(138);
    for (const [index, frame] of audio.entries()) {
      expect(frame.duration).toBe(1024);
      const next = audio[index + 1];
      if (next) expect(Math.abs(next.dts - frame.dts - 1024)).toBeLessThan(300);
    }
    expect(content.audio).toMatchObject({ sampleRate: 48_000, channelCount: 1, codec: 'aac' });
    expect(probeStream(written, 'a')).toMatchObject({
      codec_name: 'aac',
      profile: 'LC',
      channels: 1,
    });
    // Without the frame that the encoder's delay puts before the first.
    expect(packetHashes('ffmpeg', written, 'a:0')).toEqual(
      packetHashes('ffmpeg', original, 'a:0').slice(1),
    );
  });
});

describe('the fragment writer', () => {
  const frameOf = (kind: 'video' | 'audio') =>
    fc.record({
      kind: fc.constant(kind),
      dts: fc.nat(2 ** 40),
      offset: kind === 'video' ? fc.integer({ min: -90_000, max: 90_000 }) : fc.constant(0),
      duration: fc.nat(2 ** 31),
      isKeyframe: kind === 'video' ? fc.boolean() : fc.constant(true),
      data: fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }), {
        minLength: 1,
        maxLength: 3,
      }),
    });
  const frames = (kind: 'video' | 'audio') => fc.array(frameOf(kind), { maxLength: 6 });

  it('writes what the reader of samples reads, signed offsets and large times too', () => {
    const video = ffmpeg('ffmpeg', [...picture, ...x264, '-pix_fmt', 'yuv420p', ...fragmented]);
    const content = contentOf(video);
    const audio: AudioTrack = {
      ...{ kind: 'audio', codec: 'aac', timescale: 48_000, sampleRate: 48_000, channelCount: 1 },
      configuration: Buffer.from('1188', 'hex'),
    };
    const { defaults } = readMp4Tracks(writeInitSegment({ video: content.video, audio }));
    fc.assert(
      fc.property(frames('video'), frames('audio'), fc.nat(2 ** 40), (pictures, sounds, shift) => {
        const run = (kind: 'video' | 'audio', rows: typeof pictures): FragmentRun => ({
          kind,
          frames: rows.map(({ dts, offset, isKeyframe, data }) => {
            return {
              dts,
              pts: dts + offset,
              isKeyframe,
              data: data.map((piece) => Buffer.from(piece)),
            };
          }),
          durations: rows.map(({ duration }) => duration),
          shiftTicks: shift,
        });
        const bytes = writeFragment(7, [run('video', pictures), run('audio', sounds)]);
        const samples = [...readSamples(bytes, defaults)];
        const byTrack = (id: number) => samples.filter(({ trackId }) => trackId === id);
        for (const [id, rows] of [
          [1, pictures],
          [2, sounds],
        ] as const) {
          expect(byTrack(id).map(({ decodeTime }) => decodeTime)[0]).toBe(
            rows[0] && rows[0].dts + shift,
          );
          expect(
            byTrack(id).map(({ duration, compositionOffset, isSync, bytes: sample }) => {
              return { duration, compositionOffset, isSync, sample: sample.toString('hex') };
            }),
          ).toEqual(
            rows.map(({ duration, offset, isKeyframe, data }) => ({
              duration,
              compositionOffset: offset,
              isSync: isKeyframe,
              sample: data
                .map(
                  (piece) =>
                    (id === 1 ? `000000${hex(piece.length)}` : '') +
                    Buffer.from(piece).toString('hex'),
                )
                .join(''),
            })),
          );
        }
      }),
      { numRuns: 300 },
    );
  });

  it('refuses tracks that it cannot describe', () => {
    const track: VideoTrack = {
      ...{ kind: 'video', codec: 'h264', timescale: 90_000, width: 2, height: 2 },
      ...{ parameterSets: [], fourcc: undefined, extradata: Buffer.alloc(0) },
    };
    expect(() => writeInitSegment({ video: track })).toThrow(MediaFormatError);
    expect(() => writeInitSegment({ video: { ...track, codec: 'hevc' } })).toThrow(
      MediaFormatError,
    );
    expect(() => writeInitSegment({ video: { ...track, codec: 'mjpeg' } })).toThrow('mjpeg');
  });
});

/** By the configuration record of ffmpeg (RFC 6381 3.3; of HEVC as far as the tests need it). */
function codecStringIn(mp4: Buffer): string {
  const avcC = mp4.indexOf('avcC');
  if (avcC >= 0) return `avc1.${mp4.toString('hex', avcC + 5, avcC + 8)}`;
  const hvcC = mp4.indexOf('hvcC') + 4;
  const [profile, level] = [mp4.readUInt8(hvcC + 1), mp4.readUInt8(hvcC + 12)];
  expect([profile, mp4.toString('hex', hvcC + 2, hvcC + 6)]).toEqual([1, '60000000']);
  return `hvc1.1.6.L${level}.${mp4.toString('hex', hvcC + 6, hvcC + 7)}`;
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
