import { maxFramePixels } from '../media/claimed-pixels.ts';
import { videoTimescale, type VideoCodec } from '../media/frame.ts';
import type { FfmpegFeatures } from './ffmpeg/version.ts';

/**
 * Argument lists, one function per use. Everything goes over stdin and stdout. Media comes in as Matroska with a block
 * per frame, the smallest container that says when each is to be shown and where it ends: ffmpeg passes a frame on at
 * its last byte, while its demuxers for raw streams wait for the next. Measured reasons are given beside the options;
 * "old" is the bundled build of 2018, "new" ffmpeg 5.1.
 */

// Messages below error level come per frame with some cameras and are not needed for the facts.
const quiet = ['-hide_banner', '-loglevel', 'error', '-nostdin'];

/**
 * The default opens after 2.8 to 5 s, this after 70 to 140 ms. Several decoder threads would each hold a frame.
 * max_pixels backs up the check made before anything is fed (both builds have it, and include margins of their own).
 */
const input = [
  ...['-analyzeduration', '1', '-probesize', '32', '-fpsprobesize', '0'],
  ...['-threads', '1', '-max_pixels', String(1.25 * maxFramePixels)],
  ...['-f', 'matroska', '-i', 'pipe:0'],
];

/** Each frame goes out as soon as it is encoded, with its time in milliseconds. */
const flvOutput = [
  ...['-flush_packets', '1', '-f', 'flv', '-flvflags', 'no_duration_filesize', 'pipe:1'],
];

/**
 * Two fields of different times shown as one frame look like combs wherever something moves. This makes one frame of
 * each, at its time, and leaves frames alone that the decoder reports as progressive. Each is held until the next has
 * come.
 */
const deinterlace = 'yadif=deint=interlaced,';
/** The same for frames that come alone: each twice (a frame is four fields of telecine), and the first of the two. */
const deinterlaceAlone = `telecine=pattern=4,${deinterlace}select=not(mod(n\\,2)),`;

/** Video of any codec in, H.264 out, each frame with the time it came with. */
export function encodeVideoArgs(options: {
  readonly codec: VideoCodec;
  /** Frames may be interlaced; each then comes out when the next has gone in. */
  readonly hasFields: boolean;
  /** Distance of the keyframes, in milliseconds. */
  readonly keyframeMs: number;
  readonly features: FfmpegFeatures;
}): string[] {
  const { codec, hasFields, keyframeMs, features } = options;
  // JPEG is full range with the matrix of BT.601 whatever its size (JFIF); other video says itself what it is, as far
  // as anything does. H.264 players expect limited range, and guess BT.709 for HD unless told.
  const colours =
    codec === 'mjpeg' ? 'in_range=pc:out_range=tv' : 'out_range=tv:out_color_matrix=bt601';
  // x264 takes even sizes only.
  const size = `${hasFields ? deinterlace : ''}scale=trunc(iw/2)*2:trunc(ih/2)*2:${colours}`;
  return [
    ...quiet,
    ...['-copyts', ...input, '-map', '0:v:0', '-an'],
    ...['-filter_threads', '1', '-vf', `${size},format=yuv420p`],
    ...['-c:v', 'libx264', '-preset', 'superfast', '-tune', 'zerolatency', '-threads', '1'],
    // Without a constant frame rate x264 takes the timescale of 1000 for it and declares level 5.1, which old decoders
    // refuse; 4.1 covers 1080p at 30 fps.
    ...['-level:v', '4.1'],
    ...['-color_range', 'tv', '-colorspace', 'smpte170m'],
    ...['-color_primaries', 'bt709', '-color_trc', 'bt709'],
    ...[
      '-sc_threshold',
      '0',
      '-force_key_frames',
      `expr:isnan(prev_forced_t)+gte(t,prev_forced_t+${keyframeMs / 1000})`,
    ],
    // Otherwise the encoder counts in frames of the rate that ffmpeg guesses.
    ...['-enc_time_base', '1/1000', features.frameRateMode, 'vfr'],
    ...['-avoid_negative_ts', 'disabled', ...flvOutput],
  ];
}

/**
 * Audio of any codec in, AAC frames behind ADTS headers out: a frame is told by its place, so gaps are filled. For the
 * narrow bands of cameras the fast coder comes nearer to its input than the default one, and with new builds it takes
 * half the time.
 */
export function encodeAudioArgs(options: { sampleRate: number; channelCount: number }): string[] {
  return [
    ...quiet,
    ...[...input, '-map', '0:a:0', '-vn'],
    ...['-filter_threads', '1', '-af', 'aresample=async=1000:min_hard_comp=0.1'],
    ...['-c:a', 'aac', '-ar', String(options.sampleRate), '-ac', String(options.channelCount)],
    ...['-b:a', '64k', '-aac_coder', 'fast'],
    ...['-flush_packets', '1', '-f', 'adts', 'pipe:1'],
  ];
}

/**
 * With intra refresh a decoder also outputs pictures that are not complete yet: those at odd milliseconds are not
 * shown.
 */
const shown = 'not(mod(round(t*1000)\\,2))';
const ticksPerMs = videoTimescale / 1000;

/** A time close to `pts`, in ticks of video, for a frame that the decoder needs but that must not be shown. */
export function hiddenPts(pts: number): number {
  return shownPts(pts) + ticksPerMs;
}

/** A time close to `pts` for a frame that is shown: an even number of milliseconds. */
export function shownPts(pts: number): number {
  return 2 * ticksPerMs * Math.round(pts / (2 * ticksPerMs));
}

/**
 * Video of any codec in, JPEG frames one after the other out, 15 or 16 a second at most. With intra refresh times are
 * those of shownPts() and hiddenPts().
 */
export function decodeJpegArgs(options: {
  /** Frames may be interlaced; each then comes out when the next has gone in. */
  readonly hasFields: boolean;
  readonly hasIntraRefresh: boolean;
  readonly features: FfmpegFeatures;
}): string[] {
  const { hasFields, hasIntraRefresh, features } = options;
  // Deinterlaces before frames are dropped, because it compares consecutive frames and waits for the next.
  const whole = hasFields ? deinterlace : '';
  // Drops frames that follow within 60 ms; a stamp that goes back starts anew. The fps filter would repeat frames of
  // slow cameras and hold each back until the next.
  const spaced = 'isnan(prev_selected_t)+gte(t-prev_selected_t\\,0.06)+lt(t\\,prev_selected_t)';
  const select = `select=${hasIntraRefresh ? `${shown}*(${spaced})` : spaced}`;
  return [
    ...[...quiet, ...input, '-map', '0:v:0', '-an'],
    ...['-filter_threads', '1', '-vf', `${whole}${select},${fullRange('')}`],
    ...[features.frameRateMode, 'vfr', '-c:v', 'mjpeg', '-threads', '1', '-q:v', '5'],
    ...['-flush_packets', '1', '-f', 'image2pipe', 'pipe:1'],
  ];
}

/**
 * Keyframes in, a JPEG for each out; `width` in pixels, undefined keeps the size. Never enlarges. With intra refresh a
 * JPEG for each frame that is not at a time of hiddenPts().
 */
export function decodeStillsArgs(options: {
  readonly width: number | undefined;
  /** Whether frames may be interlaced. */
  readonly hasFields: boolean;
  readonly hasIntraRefresh: boolean;
  readonly features: FfmpegFeatures;
}): string[] {
  const { width, hasFields, hasIntraRefresh, features } = options;
  const select = hasIntraRefresh ? `select=${shown},` : '';
  // Here it is known which frames are to be shown: a decoder that gets only reference frames may not notice that it has
  // recovered.
  const flags = hasIntraRefresh ? 'low_delay+output_corrupt' : 'low_delay';
  const whole = hasFields ? deinterlaceAlone : '';
  // Even sizes, because chroma is halved; -2 keeps the aspect ratio.
  const size = width === undefined ? '' : `w=trunc(min(${width}\\,iw)/2)*2:h=-2:`;
  return [
    // MPEG-4 that announces B-frames is held back else; beside B-frames it spoils their order.
    ...[...quiet, '-flags', flags, ...input, '-map', '0:v:0', '-an'],
    ...['-filter_threads', '1', '-vf', `${select}${whole}${fullRange(size)}`],
    ...[features.frameRateMode, 'passthrough', '-c:v', 'mjpeg', '-threads', '1', '-q:v', '3'],
    ...['-flush_packets', '1', '-f', 'image2pipe', 'pipe:1'],
  ];
}

/**
 * A drawing on stdin, again and again, planar 4:2:0, each of its dots shown as a block; H.264 out, keyframes as far
 * apart as is asked. All sizes are even.
 */
export function encodeDrawingArgs(options: {
  readonly grid: { readonly width: number; readonly height: number };
  readonly size: { readonly width: number; readonly height: number };
  readonly keyframeCount: number;
}): string[] {
  const { grid, size, keyframeCount } = options;
  return [
    ...quiet,
    ...['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-video_size', `${grid.width}x${grid.height}`],
    ...['-framerate', '5', '-i', 'pipe:0', '-map', '0:v:0', '-an'],
    ...['-filter_threads', '1', '-vf', `scale=${size.width}:${size.height}:flags=neighbor`],
    ...['-c:v', 'libx264', '-preset', 'superfast', '-tune', 'zerolatency', '-threads', '1'],
    ...['-color_range', 'tv', '-colorspace', 'smpte170m'],
    ...['-color_primaries', 'bt709', '-color_trc', 'bt709'],
    ...['-g', String(keyframeCount), '-sc_threshold', '0', ...flvOutput],
  ];
}

/** Conversion to what JFIF says a JPEG holds: full range, BT.601. */
function fullRange(size: string): string {
  return `scale=${size}out_range=pc:out_color_matrix=bt601,format=yuvj420p`;
}
