import { describe, expect, it } from 'vitest';
import {
  fmp4FromAsfArgs,
  fmp4FromJpegArgs,
  fmp4FromSlateArgs,
  jpegFromKeyframeArgs,
  mjpegFromAsfArgs,
  scaleJpegArgs,
} from '../../../src/ffmpeg/arguments.ts';

const current = { frameRateMode: '-fps_mode' } as const;
const bundled = { frameRateMode: '-vsync' } as const;

const quiet = '-hide_banner -loglevel error -nostdin';
const decoding = '-threads 1 -max_pixels 83886080';
const probe = '-analyzeduration 1 -fpsprobesize 0';
const fmp4 =
  '-video_track_timescale 90000 -max_interleave_delta 1 -frag_duration 30000 -movflags +frag_keyframe+empty_moov+default_base_moof -flush_packets 1 -f mp4 pipe:1';
const encoded =
  '-filter_threads 1 -vf scale=trunc(iw/2)*2:trunc(ih/2)*2:in_range=pc:out_range=tv,format=yuv420p -c:v libx264 -preset superfast -tune zerolatency -threads 1 -level:v 4.1 -color_range tv -colorspace smpte170m -color_primaries bt709 -color_trc bt709 -bsf:v dump_extra -sc_threshold 0';
const aac = '-c:a aac -ar 48000 -b:a 64k';

/** No argument here holds a blank, so a line of text is the whole list. */
const line = (args: string[]): string => {
  expect(args.filter((arg) => arg.includes(' ') || arg === '')).toEqual([]);
  return args.join(' ');
};

describe('argument lists', () => {
  it('fMP4 from ASF, H.264 copied', () => {
    const options = { video: 'copy', keyframeMs: 1000, features: current } as const;
    const whole = { framing: 'whole', clock: 'camera', decoder: 'by-code' } as const;
    const split = { framing: 'split', clock: 'camera', decoder: 'by-code' } as const;
    expect(line(fmp4FromAsfArgs({ ...options, audio: true, input: whole }))).toBe(
      `${quiet} ${probe} -probesize 5000 -fflags +noparse ${decoding} -f asf -i pipe:0 -map 0:v:0 -map 0:a:0 -c:v copy ${aac} ${fmp4}`,
    );
    expect(line(fmp4FromAsfArgs({ ...options, audio: false, input: split }))).toBe(
      `${quiet} ${probe} -probesize 5000 ${decoding} -f asf -i pipe:0 -map 0:v:0 -c:v copy -an ${fmp4}`,
    );
    const headerOnly = { ...options, video: 'copy-with-parameters', audio: false } as const;
    expect(line(fmp4FromAsfArgs({ ...headerOnly, input: split }))).toContain(
      ' -c:v copy -bsf:v dump_extra -an ',
    );
    const silence = '-f lavfi -i anullsrc=channel_layout=mono:sample_rate=48000';
    expect(line(fmp4FromAsfArgs({ ...options, audio: false, input: split }, 1))).toBe(
      `${quiet} ${probe} -probesize 5000 ${decoding} -f asf -i pipe:0 ${silence} -map 0:v:0 -map 1:a:0 -c:v copy ${aac} -shortest ${fmp4}`,
    );
    const stamped = { framing: 'split', clock: 'arrival', decoder: 'by-code' } as const;
    expect(line(fmp4FromAsfArgs({ ...options, audio: false, input: stamped }))).toBe(
      `${quiet} ${probe} -probesize 5000 -use_wallclock_as_timestamps 1 ${decoding} -f asf -i pipe:0 -map 0:v:0 -c:v copy -an ${fmp4}`,
    );
  });

  it.each([
    [current, '-fps_mode'],
    [bundled, '-vsync'],
  ] as const)('fMP4 from ASF, MJPEG encoded, %o', (features, mode) => {
    const input = { framing: 'whole', clock: 'camera', decoder: 'by-code' } as const;
    const options = { audio: true, input, keyframeMs: 500, features } as const;
    expect(line(fmp4FromAsfArgs({ ...options, video: 'encode-jpeg' }))).toBe(
      `${quiet} ${probe} -probesize 5000 -fflags +noparse ${decoding} -f asf -i pipe:0 -map 0:v:0 -map 0:a:0 ${encoded} -force_key_frames expr:gte(t,n_forced*0.5) ${mode} vfr ${aac} ${fmp4}`,
    );
    const hevc = { ...input, decoder: 'hevc' } as const;
    expect(line(fmp4FromAsfArgs({ ...options, video: 'encode', input: hevc }))).toContain(
      ` -c:v hevc ${decoding} -f asf `,
    );
    const other = encoded.replace(
      'in_range=pc:out_range=tv',
      'out_range=tv:out_color_matrix=bt601',
    );
    expect(line(fmp4FromAsfArgs({ ...options, video: 'encode' }))).toContain(` ${other} `);
  });

  it.each([
    [current, '-fps_mode'],
    [bundled, '-vsync'],
  ] as const)('fMP4 from JPEG frames, %o', (features, mode) => {
    expect(line(fmp4FromJpegArgs({ keyframeMs: 1000, features }))).toBe(
      `${quiet} ${probe} ${decoding} -f matroska -i pipe:0 -map 0:v:0 ${encoded} -force_key_frames expr:gte(t,n_forced*1) ${mode} vfr -enc_time_base 1/1000 -an ${fmp4}`,
    );
  });

  it.each([
    [0, '', '', '-an'],
    [1, 'mono', '-map 1:a:0 ', `${aac} -shortest`],
    [2, 'stereo', '-map 1:a:0 ', `${aac} -shortest`],
  ] as const)('fMP4 from a still picture with %i channels', (channelCount, layout, map, sound) => {
    const silence =
      layout === '' ? '' : `-f lavfi -i anullsrc=channel_layout=${layout}:sample_rate=48000 `;
    const options = {
      grid: { width: 320, height: 180 },
      size: { width: 1280, height: 720 },
      rate: { frameCount: 5, periodMs: 1000 },
      keyframeCount: 5,
      channelCount,
    };
    expect(line(fmp4FromSlateArgs(options))).toBe(
      `${quiet} -f rawvideo -pix_fmt yuv420p -video_size 320x180 -framerate 5000/1000 -i pipe:0 ${silence}-map 0:v:0 ${map}-filter_threads 1 -vf scale=1280:720:flags=neighbor -c:v libx264 -preset superfast -tune zerolatency -threads 1 -color_range tv -colorspace smpte170m -color_primaries bt709 -color_trc bt709 -g 5 -sc_threshold 0 -bsf:v dump_extra ${sound} ${fmp4}`,
    );
  });

  it('one JPEG from a keyframe or a JPEG', () => {
    const input = (format: string): string =>
      `${quiet} ${decoding} -f ${format} -i pipe:0 -map 0:v:0 -frames:v 1 -filter_threads 1`;
    const output = '-c:v mjpeg -threads 1 -q:v 3 -f image2pipe pipe:1';
    const full = 'out_range=pc:out_color_matrix=bt601,format=yuvj420p';
    expect(line(jpegFromKeyframeArgs({ format: 'h264', width: undefined }))).toBe(
      `${input('h264')} -vf scale=${full} ${output}`,
    );
    const scaled = `-vf scale=w=trunc(min(320\\,iw)/2)*2:h=-2:${full} ${output}`;
    expect(line(jpegFromKeyframeArgs({ format: 'asf', width: undefined }))).toBe(
      `${input('asf')} -vf scale=${full} ${output}`,
    );
    expect(line(jpegFromKeyframeArgs({ format: 'hevc-in-asf', width: undefined }))).toContain(
      '-c:v hevc -f asf -i pipe:0',
    );
    expect(line(jpegFromKeyframeArgs({ format: 'mp4', width: 320 }))).toBe(
      `${input('mov')} ${scaled}`,
    );
    expect(line(scaleJpegArgs({ width: 320 }))).toBe(`${input('mjpeg')} ${scaled}`);
  });

  it.each([
    [current, '-fps_mode'],
    [bundled, '-vsync'],
  ] as const)('JPEG pictures from ASF, %o', (features, mode) => {
    expect(
      line(
        mjpegFromAsfArgs({
          input: { framing: 'split', clock: 'camera', decoder: 'by-code' },
          features,
        }),
      ),
    ).toBe(
      `${quiet} -flags low_delay ${probe} -probesize 5000 ${decoding} -f asf -i pipe:0 -map 0:v:0 -an -filter_threads 1 -vf select=isnan(prev_selected_t)+gte(t-prev_selected_t\\,0.06)+lt(t\\,prev_selected_t),scale=out_range=pc:out_color_matrix=bt601,format=yuvj420p ${mode} vfr -c:v mjpeg -threads 1 -q:v 5 -flush_packets 1 -f image2pipe pipe:1`,
    );
  });
});
