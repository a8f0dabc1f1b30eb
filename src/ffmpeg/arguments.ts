import { maxFramePixels } from '../media/claimed-pixels.ts';
import type { FfmpegFeatures } from './version.ts';

/**
 * Argument lists, one function per use. Everything goes over stdin and stdout. The measured reasons stand beside the
 * options; "old" is the bundled build of 2018, "new" ffmpeg 5.1. Latencies are for H.264 720p at 15 fps with ADPCM in
 * 63 ms blocks, paced like a camera, from the write of a frame's last packet to the fragment that holds it.
 */

/**
 * How frames come out of ASF. `whole`: every media object is one frame with its parameters and the container's key
 * flag is right, so ffmpeg's parser, which needs the begin of the next frame to see the end of one, is left out: one
 * frame of delay less (67 ms instead of 134 ms), first fragment after 70 instead of 130 ms. `split`: the parser finds
 * frames and keyframes in the bytes; for cameras that send parameters as objects of their own or flag no keyframes.
 */
export type AsfFraming = 'whole' | 'split';

export interface AsfInput {
  readonly framing: AsfFraming;
  /**
   * `camera`: the stamps in the ASF. `arrival`: they stand still or jump about, so packets are stamped when they come;
   * what was kept of the past must not be written then, because it would all have one time.
   */
  readonly clock: 'camera' | 'arrival';
  /** ffmpeg's ASF reader (5.1 and older) knows no four-character code of HEVC: there the decoder has to be named. */
  readonly decoder: 'by-code' | 'hevc';
}

export interface AsfToFmp4 {
  /**
   * `copy` for H.264, `copy-with-parameters` where its parameter sets are in the container's header alone, `encode-jpeg`
   * for MJPEG, which is full range whatever it says, `encode` for any other codec.
   */
  readonly video: 'copy' | 'copy-with-parameters' | 'encode-jpeg' | 'encode';
  /**
   * Only true when audio has been seen to come: ffmpeg writes nothing at all before it has the first audio of a track
   * that it shall encode (a declared but silent track held all video until the input ended, with any option tried).
   * When audio stops later, video goes on, 200 ms behind.
   */
  readonly audio: boolean;
  readonly input: AsfInput;
  /** Distance of the keyframes of encoded video, in milliseconds; copied video keeps its own. */
  readonly keyframeMs: number;
  readonly features: FfmpegFeatures;
}

// Messages below error level come per frame with some cameras and are not needed for the facts.
const quiet = ['-hide_banner', '-loglevel', 'error', '-nostdin'];

// The default opens after 2.8 to 5 s, this after 70 to 140 ms, and keeps every frame. `-fflags nobuffer` would lose
// the first GOP of an ASF.
const shortProbe = ['-analyzeduration', '1', '-fpsprobesize', '0'];

/**
 * Of each input that is decoded. Several threads would each hold a frame. max_pixels stands behind what is refused
 * before anything is fed; both builds have it, and count margins of their own in. A header of 40 bytes made ffmpeg
 * take 0.75 GB.
 */
const decoding = ['-threads', '1', '-max_pixels', String(1.25 * maxFramePixels)];

/**
 * One fragment per video frame together with the audio that came meanwhile, some 20 reads a second in the gateway. With
 * frag_every_frame each AAC frame is a fragment too: 62 a second, twice the wake-ups of the gateway, and no faster.
 * 30 ms is below the distance of frames at 30 fps. frag_keyframe: a keyframe always begins a fragment.
 * max_interleave_delta: otherwise video waits up to 10 s for audio that has stopped (measured: p50 100 ms instead of
 * 115 ms with audio, and 200 ms instead of no output when it stops). video_track_timescale: one for all, because ffmpeg
 * and mpv read the video behind a discontinuity with the ticks of the init segment before it.
 */
const fmp4Output = [
  ...['-video_track_timescale', '90000'],
  ...['-max_interleave_delta', '1', '-frag_duration', '30000'],
  ...['-movflags', '+frag_keyframe+empty_moov+default_base_moof', '-flush_packets', '1'],
  ...['-f', 'mp4', 'pipe:1'],
];

// At a camera's own 8 kHz an AAC frame lasts 128 ms and holds video back; at 48 kHz it is 21 ms.
const aac = ['-c:a', 'aac', '-ar', '48000', '-b:a', '64k'];

// Parameter sets before each keyframe too: ffmpeg and mpv skip the init segment behind a discontinuity of HLS.
const inBandParameters = ['-bsf:v', 'dump_extra'];

/**
 * Channels of the silence that stands in for sound; 0 makes video alone. It has no end of its own: without `-shortest` the
 * child would run on after its input has ended.
 */
export type SilentChannels = 0 | 1 | 2;

function silence(channelCount: SilentChannels): {
  input: string[];
  map: string[];
  codec: string[];
} {
  if (channelCount === 0) return { input: [], map: [], codec: ['-an'] };
  const layout = channelCount === 2 ? 'stereo' : 'mono';
  return {
    input: ['-f', 'lavfi', '-i', `anullsrc=channel_layout=${layout}:sample_rate=48000`],
    map: ['-map', '1:a:0'],
    codec: [...aac, '-shortest'],
  };
}

/** ASF on stdin, fragmented MP4 on stdout. `silentChannels` take the place of sound that is not wanted or not there. */
export function fmp4FromAsfArgs(options: AsfToFmp4, silentChannels: SilentChannels = 0): string[] {
  const sound = options.audio
    ? { input: [], map: ['-map', '0:a:0'], codec: aac }
    : silence(silentChannels);
  return [
    ...[...quiet, ...asfInput(options.input), ...sound.input],
    ...['-map', '0:v:0', ...sound.map],
    ...videoOutput(options),
    ...[...sound.codec, ...fmp4Output],
  ];
}

function videoOutput(options: AsfToFmp4): string[] {
  switch (options.video) {
    case 'copy':
      return ['-c:v', 'copy'];
    case 'copy-with-parameters':
      return ['-c:v', 'copy', ...inBandParameters];
    case 'encode-jpeg':
      return encodeH264(jpegColours, options);
    case 'encode':
      return encodeH264(videoColours, options);
  }
}

/**
 * JPEG frames in Matroska (media/mjpeg-matroska.ts) on stdin, fragmented MP4 on stdout. Frames are stamped when they arrive
 * from the camera, which keeps the clock right for any frame rate and any camera. A frame is passed on at its last byte; with
 * bare JPEG ffmpeg waits for the next (100 ms at 10 fps).
 */
export function fmp4FromJpegArgs(
  options: { readonly keyframeMs: number; readonly features: FfmpegFeatures },
  silentChannels: SilentChannels = 0,
): string[] {
  const sound = silence(silentChannels);
  return [
    ...quiet,
    ...shortProbe,
    ...[...decoding, '-f', 'matroska', '-i', 'pipe:0'],
    ...[...sound.input, '-map', '0:v:0', ...sound.map],
    ...encodeH264(jpegColours, options),
    // Else the encoder counts in frames of the rate that ffmpeg guesses.
    ...['-enc_time_base', '1/1000'],
    ...[...sound.codec, ...fmp4Output],
  ];
}

export interface SlateToFmp4 {
  /** Of the pictures on stdin, planar 4:2:0; both even. */
  readonly grid: { readonly width: number; readonly height: number };
  /** Of the video, which shows each dot of the grid as a block; both even. */
  readonly size: { readonly width: number; readonly height: number };
  /** Constant: so many frames in so many milliseconds. */
  readonly rate: { readonly frameCount: number; readonly periodMs: number };
  /** Distance of keyframes. */
  readonly keyframeCount: number;
  readonly channelCount: SilentChannels;
}

/** Raw pictures on stdin, fragmented MP4 on stdout. First fragment after 130 to 210 ms with both builds. */
export function fmp4FromSlateArgs(options: SlateToFmp4): string[] {
  const { grid, size, rate, keyframeCount, channelCount } = options;
  const sound = silence(channelCount);
  return [
    ...quiet,
    ...['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-video_size', `${grid.width}x${grid.height}`],
    ...['-framerate', `${rate.frameCount * 1000}/${rate.periodMs}`, '-i', 'pipe:0'],
    ...[...sound.input, '-map', '0:v:0', ...sound.map],
    ...['-filter_threads', '1', '-vf', `scale=${size.width}:${size.height}:flags=neighbor`],
    ...['-c:v', 'libx264', '-preset', 'superfast', '-tune', 'zerolatency', '-threads', '1'],
    ...['-color_range', 'tv', '-colorspace', 'smpte170m'],
    ...['-color_primaries', 'bt709', '-color_trc', 'bt709'],
    ...['-g', String(keyframeCount), '-sc_threshold', '0', ...inBandParameters],
    ...[...sound.codec, ...fmp4Output],
  ];
}

/** One keyframe on stdin, Annex B, in ASF or fragmented MP4 (init segment and a fragment), one JPEG on stdout. */
export function jpegFromKeyframeArgs(options: {
  readonly format: 'h264' | 'asf' | 'hevc-in-asf' | 'mp4';
  /** In pixels; undefined keeps the size. Never enlarges. */
  readonly width: number | undefined;
}): string[] {
  return [
    ...quiet,
    ...[...decoding, ...keyframeInputs[options.format], '-i', 'pipe:0', '-map', '0:v:0'],
    ...oneJpeg(options.width),
  ];
}

const keyframeInputs = {
  h264: ['-f', 'h264'],
  asf: ['-f', 'asf'],
  'hevc-in-asf': [...namedDecoder('hevc'), '-f', 'asf'],
  mp4: ['-f', 'mov'],
} as const;

/** One JPEG on stdin, one JPEG of at most this width on stdout. */
export function scaleJpegArgs(options: { readonly width: number }): string[] {
  return [
    ...quiet,
    ...[...decoding, '-f', 'mjpeg', '-i', 'pipe:0', '-map', '0:v:0'],
    ...oneJpeg(options.width),
  ];
}

/** ASF with any video on stdin, JPEG pictures one after the other on stdout, 15 or 16 a second at most. */
export function mjpegFromAsfArgs(options: {
  readonly input: AsfInput;
  readonly features: FfmpegFeatures;
}): string[] {
  // Drops frames that follow within 60 ms; a stamp that goes back starts anew. The fps filter would repeat frames of
  // slow cameras and hold each back until the next.
  const select =
    'select=isnan(prev_selected_t)+gte(t-prev_selected_t\\,0.06)+lt(t\\,prev_selected_t)';
  return [
    ...quiet,
    ...['-flags', 'low_delay', ...asfInput(options.input)],
    ...['-map', '0:v:0', '-an', '-filter_threads', '1', '-vf', `${select},${fullRange('')}`],
    ...[options.features.frameRateMode, 'vfr', '-c:v', 'mjpeg', '-threads', '1', '-q:v', '5'],
    ...['-flush_packets', '1', '-f', 'image2pipe', 'pipe:1'],
  ];
}

// The probe ends with the first frame above 5000 bytes (a keyframe,
// with which every child begins) even if a declared audio track is silent: 70 ms to the first fragment, else 2 s.
function asfInput({ framing, clock, decoder }: AsfInput): string[] {
  const parser = framing === 'whole' ? ['-fflags', '+noparse'] : [];
  const stamps = clock === 'arrival' ? ['-use_wallclock_as_timestamps', '1'] : [];
  return [
    ...[...shortProbe, '-probesize', '5000', ...parser, ...stamps],
    ...namedDecoder(decoder),
    ...[...decoding, '-f', 'asf', '-i', 'pipe:0'],
  ];
}

function namedDecoder(decoder: AsfInput['decoder']): string[] {
  return decoder === 'by-code' ? [] : ['-c:v', decoder];
}

/**
 * JPEG is full range with the matrix of BT.601 whatever its size (JFIF); other video says itself what it is, as far as
 * anything does. H.264 players expect limited range, and guess BT.709 for HD unless told.
 */
const jpegColours = 'in_range=pc:out_range=tv';
const videoColours = 'out_range=tv:out_color_matrix=bt601';

/** x264 takes even sizes only. */
function encodeH264(
  colours: string,
  { keyframeMs, features }: Pick<AsfToFmp4, 'keyframeMs' | 'features'>,
): string[] {
  const size = `scale=trunc(iw/2)*2:trunc(ih/2)*2:${colours}`;
  return [
    ...['-filter_threads', '1', '-vf', `${size},format=yuv420p`],
    ...['-c:v', 'libx264', '-preset', 'superfast', '-tune', 'zerolatency', '-threads', '1'],
    // Without a constant frame rate x264 takes the clock's 1000 ticks for it and states level 5.1, which old decoders
    // refuse; 4.1 covers 1080p at 30 fps.
    ...['-level:v', '4.1'],
    ...['-color_range', 'tv', '-colorspace', 'smpte170m'],
    ...['-color_primaries', 'bt709', '-color_trc', 'bt709'],
    ...inBandParameters,
    ...['-sc_threshold', '0', '-force_key_frames', `expr:gte(t,n_forced*${keyframeMs / 1000})`],
    ...[features.frameRateMode, 'vfr'],
  ];
}

function oneJpeg(width: number | undefined): string[] {
  // Even sizes, as chroma is halved; -2 keeps the shape.
  const size = width === undefined ? '' : `w=trunc(min(${width}\\,iw)/2)*2:h=-2:`;
  return [
    ...['-frames:v', '1', '-filter_threads', '1', '-vf', fullRange(size)],
    ...['-c:v', 'mjpeg', '-threads', '1', '-q:v', '3', '-f', 'image2pipe', 'pipe:1'],
  ];
}

/** Conversion to what JFIF says a JPEG holds: full range, BT.601. */
function fullRange(size: string): string {
  return `scale=${size}out_range=pc:out_color_matrix=bt601,format=yuvj420p`;
}
