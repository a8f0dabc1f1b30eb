import { describe, expect, it } from 'vitest';
import {
  decodeJpegArgs,
  decodeStillsArgs,
  hiddenPts,
  shownPts,
  encodeAudioArgs,
  encodeDrawingArgs,
  encodeVideoArgs,
} from '../../../src/transcode/arguments.ts';

const builds = [
  [{ frameRateMode: '-fps_mode' }, '-fps_mode'],
  [{ frameRateMode: '-vsync' }, '-vsync'],
] as const;

const quiet = '-hide_banner -loglevel error -nostdin';
const input =
  '-analyzeduration 1 -probesize 32 -fpsprobesize 0 -threads 1 -max_pixels 83886080 -f matroska -i pipe:0';
const flv = '-flush_packets 1 -f flv -flvflags no_duration_filesize pipe:1';
const x264 =
  '-c:v libx264 -preset superfast -tune zerolatency -threads 1 -level:v 4.1 -color_range tv -colorspace smpte170m -color_primaries bt709 -color_trc bt709';
const full = 'out_range=pc:out_color_matrix=bt601,format=yuvj420p';

/** No argument here holds a blank, so a line of text is the whole list. */
const line = (args: string[]): string => {
  expect(args.filter((arg) => arg.includes(' ') || arg === '')).toEqual([]);
  return args.join(' ');
};

describe('argument lists', () => {
  it.each(builds)('H.264 of video, %o', (features, mode) => {
    const sized = 'scale=trunc(iw/2)*2:trunc(ih/2)*2';
    const keyframes =
      '-sc_threshold 0 -force_key_frames expr:isnan(prev_forced_t)+gte(t,prev_forced_t+0.5)';
    const behind = `${keyframes} -enc_time_base 1/1000 ${mode} vfr -avoid_negative_ts disabled ${flv}`;
    const before = `${quiet} -copyts ${input} -map 0:v:0 -an -filter_threads 1 -vf`;
    const options = { hasFields: false, keyframeMs: 500, features };
    expect(line(encodeVideoArgs({ codec: 'mjpeg', ...options }))).toBe(
      `${before} ${sized}:in_range=pc:out_range=tv,format=yuv420p ${x264} ${behind}`,
    );
    const tv = `${sized}:out_range=tv:out_color_matrix=bt601,format=yuv420p ${x264} ${behind}`;
    expect(line(encodeVideoArgs({ codec: 'hevc', ...options }))).toBe(`${before} ${tv}`);
    expect(line(encodeVideoArgs({ ...options, codec: 'h264', hasFields: true }))).toBe(
      `${before} yadif=deint=interlaced,${tv}`,
    );
  });

  it('AAC of audio', () => {
    expect(line(encodeAudioArgs({ sampleRate: 48_000, channelCount: 2 }))).toBe(
      `${quiet} ${input} -map 0:a:0 -vn -filter_threads 1 -af aresample=async=1000:min_hard_comp=0.1 -c:a aac -ar 48000 -ac 2 -b:a 64k -aac_coder fast -flush_packets 1 -f adts pipe:1`,
    );
  });

  it.each(builds)('JPEG of video, %o', (features, mode) => {
    const select =
      'select=isnan(prev_selected_t)+gte(t-prev_selected_t\\,0.06)+lt(t\\,prev_selected_t)';
    const decode = (filters: string): string =>
      `${quiet} ${input} -map 0:v:0 -an -filter_threads 1 -vf ${filters},scale=${full} ${mode} vfr -c:v mjpeg -threads 1 -q:v 5 -flush_packets 1 -f image2pipe pipe:1`;
    const plain = { hasFields: false, hasIntraRefresh: false, features };
    expect(line(decodeJpegArgs(plain))).toBe(decode(select));
    expect(line(decodeJpegArgs({ ...plain, hasFields: true }))).toBe(
      decode(`yadif=deint=interlaced,${select}`),
    );
    expect(line(decodeJpegArgs({ ...plain, hasIntraRefresh: true }))).toBe(
      decode(
        'select=not(mod(round(t*1000)\\,2))*(isnan(prev_selected_t)+gte(t-prev_selected_t\\,0.06)+lt(t\\,prev_selected_t))',
      ),
    );
  });

  it.each(builds)('stills of keyframes, %o', (features, mode) => {
    const still = (scale: string, flags = 'low_delay'): string =>
      `${quiet} -flags ${flags} ${input} -map 0:v:0 -an -filter_threads 1 -vf ${scale} ${mode} passthrough -c:v mjpeg -threads 1 -q:v 3 -flush_packets 1 -f image2pipe pipe:1`;
    const options = { width: undefined, hasFields: false, hasIntraRefresh: false, features };
    expect(line(decodeStillsArgs(options))).toBe(still(`scale=${full}`));
    expect(line(decodeStillsArgs({ ...options, width: 320 }))).toBe(
      still(`scale=w=trunc(min(320\\,iw)/2)*2:h=-2:${full}`),
    );
    expect(line(decodeStillsArgs({ ...options, hasFields: true }))).toBe(
      still(`telecine=pattern=4,yadif=deint=interlaced,select=not(mod(n\\,2)),scale=${full}`),
    );
    expect(line(decodeStillsArgs({ ...options, hasIntraRefresh: true }))).toBe(
      still(`select=not(mod(round(t*1000)\\,2)),scale=${full}`, 'low_delay+output_corrupt'),
    );
  });

  it('times of frames that are shown and of those that are not', () => {
    const times = [0, 89, 90, 91, 180, 3_003, 90_000];
    const milliseconds = (pts: number): number => Math.round(pts / 90);
    for (const pts of times) {
      expect(milliseconds(shownPts(pts)) % 2).toBe(0);
      expect(milliseconds(hiddenPts(pts)) % 2).toBe(1);
      expect(Math.abs(shownPts(pts) - pts)).toBeLessThanOrEqual(90);
    }
  });

  it('the slate', () => {
    const options = {
      grid: { width: 320, height: 180 },
      size: { width: 1280, height: 720 },
      keyframeCount: 5,
    };
    const colours = '-color_range tv -colorspace smpte170m -color_primaries bt709 -color_trc bt709';
    expect(line(encodeDrawingArgs(options))).toBe(
      `${quiet} -f rawvideo -pix_fmt yuv420p -video_size 320x180 -framerate 5 -i pipe:0 -map 0:v:0 -an -filter_threads 1 -vf scale=1280:720:flags=neighbor -c:v libx264 -preset superfast -tune zerolatency -threads 1 ${colours} -g 5 -sc_threshold 0 ${flv}`,
    );
  });
});
