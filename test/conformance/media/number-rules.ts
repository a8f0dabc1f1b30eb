import type { ProbedMedia, ProbedVideo } from './media-probe.ts';
import type { ReadVariant } from '../playlists/multivariant-reader.ts';
import type { Report } from '../violations.ts';

/** A complete segment as it was loaded. */
export interface MeasuredSegment {
  readonly seconds: number;
  readonly byteCount: number;
}

/** Bits per second. */
export interface MeasuredRates {
  readonly peak: number;
  readonly average: number;
  /** How much was measured. */
  readonly seconds: number;
}

export interface NumberContext {
  readonly report: Report;
  /**
   * Share of the measured time in which this process was not run, 0 to 1: the camera and the server beside it were not
   * either, and what they drop and catch up then makes rates differ by as much.
   */
  readonly lostShare: number;
}

/** Rates of the playlist may miss the measured ones by this share. */
const rateTolerance = 0.2;
/** The frame rate is measured by the server as well, over other frames. */
const frameRateTolerance = 0.05;

/** BANDWIDTH is about any run of segments that lasts half a target duration to one and a half (4.4.6.2). */
export function measureRates(
  segments: readonly MeasuredSegment[],
  targetDuration: number,
): MeasuredRates {
  let peak = 0;
  for (const [start] of segments.entries()) {
    let seconds = 0;
    let byteCount = 0;
    for (const segment of segments.slice(start)) {
      seconds += segment.seconds;
      byteCount += segment.byteCount;
      if (seconds > 1.5 * targetDuration) break;
      if (seconds >= 0.5 * targetDuration) peak = Math.max(peak, (byteCount * 8) / seconds);
    }
  }
  const seconds = segments.reduce((sum, segment) => sum + segment.seconds, 0);
  const byteCount = segments.reduce((sum, segment) => sum + segment.byteCount, 0);
  return { peak, average: (byteCount * 8) / seconds, seconds };
}

export function checkRates(
  variant: ReadVariant,
  measured: MeasuredRates,
  { report, lostShare }: NumberContext,
): void {
  const compare = (name: string, said: number, found: number): void => {
    if (!(Math.abs(said - found) <= (rateTolerance + lostShare) * found)) {
      report(name, '4.4.6.2', `${said} is said, ${Math.round(found)} was measured`);
    }
  };
  if (measured.peak > 0) compare('bandwidth', variant.bandwidth, measured.peak);
  compare('average-bandwidth', variant.averageBandwidth, measured.average);
}

/**
 * What the variant says of its media against what ffprobe finds in it; `frameSeconds` is how long the frames last
 * together.
 */
export function checkMedia(
  variant: ReadVariant,
  media: { probed: ProbedMedia; frameSeconds: number },
  { report, lostShare }: NumberContext,
): void {
  const { video, audio, frames } = media.probed;
  if (video === undefined) {
    report('codecs', '4.4.6.2', 'there is no video');
    return;
  }
  const rate = frames.length / media.frameSeconds;
  if (!(Math.abs(variant.frameRate - rate) <= (frameRateTolerance + lostShare) * rate)) {
    report(
      'frame-rate',
      '4.4.6.2',
      `${variant.frameRate} is said, ${rate.toFixed(3)} was measured`,
    );
  }
  const resolution = `${video.width}x${video.height}`;
  if (variant.resolution !== resolution) {
    report('resolution', '4.4.6.2', `${String(variant.resolution)} is said, it is ${resolution}`);
  }
  checkCodecs(variant.codecs, { video, audio }, report);
  const range = video.transfer === undefined ? undefined : videoRange(video.transfer);
  if (variant.videoRange !== range) {
    const said = variant.videoRange ?? 'nothing';
    report('video-range', '4.4.6.2', `${said} is said, it is ${range ?? 'not known'}`);
  }
}

function checkCodecs(
  codecs: readonly string[],
  media: { video: ProbedVideo; audio: ProbedMedia['audio'] },
  report: Report,
): void {
  const { video, audio } = media;
  const written = codecs.find((codec) => codec.startsWith('avc1.')) ?? 'nothing';
  const [profile, level] = [written.slice(5, 7), written.slice(9)];
  const expected = `avc1.${profileBytes[video.profile] ?? '??'}..${hexByte(video.level)}`;
  if (profile !== profileBytes[video.profile] || level !== hexByte(video.level)) {
    report('codecs', '4.4.6.2', `${written} is said, it is ${expected}`);
  }
  const sound = codecs.filter((codec) => codec !== written).join();
  const heard = audio === undefined ? '' : audio.codec === 'aac' ? 'mp4a.40.2' : audio.codec;
  if (sound !== heard) report('codecs', '4.4.6.2', `sound "${sound}" is said, it is "${heard}"`);
}

/** profile_idc by ffprobe's words. */
const profileBytes: Readonly<Record<string, string>> = {
  'Constrained Baseline': '42',
  Baseline: '42',
  Main: '4d',
  High: '64',
};

function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

function videoRange(transfer: string): string | undefined {
  if (transfer === 'smpte2084') return 'PQ';
  return transfer === 'arib-std-b67' ? 'HLG' : 'SDR';
}
