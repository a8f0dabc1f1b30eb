import { describe, expect, it } from 'vitest';
import { MediaFormatError } from '../../../../src/lib/errors.ts';
import {
  videoTimescale,
  type AudioTrack,
  type Frame,
  type VideoTrack,
} from '../../../../src/media/frame.ts';
import { matroskaFrame, matroskaHead } from '../../../../src/media/matroska/matroska-writer.ts';
import { FrameDecoder } from '../frame-decoder.ts';
import { complaintsOf, probeStream, probeTimes } from '../media-programs.ts';
import { ffmpegBuilds } from '../support.ts';
import { audios, sampleRate } from './matroska-audio.ts';
import { height, pictureBytes, videos, videoTrack, width } from './matroska-video.ts';

describe.each(ffmpegBuilds)('Matroska for %s', (build) => {
  it.each(Object.entries(videos))(
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

describe.each(ffmpegBuilds)('Matroska for %s', (build) => {
  it.each(Object.entries(audios))(
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
  const video = videos['H.264'];
  const sound = audios['PCM of 16 bits'];
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
