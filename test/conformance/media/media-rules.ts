import type { ProbedFrame } from './media-probe.ts';
import type { ReadSegment } from '../playlists/m3u8.ts';
import type { Report } from '../violations.ts';

/** A segment with what was loaded for it. */
export interface LoadedSegment {
  readonly listed: ReadSegment;
  readonly bytes: Buffer;
  /** Of its parts, in order; empty when the parts were not listed any more. */
  readonly partBytes: readonly number[];
}

/** Stamps and durations are written with rounding, in seconds. */
const rounding = 0.003;
/** A jump of the stamps that no frame explains, in seconds. */
const jumpSeconds = 1;

interface Span {
  readonly name: string;
  readonly start: number;
  /** Where the bytes of what follows begin. */
  readonly end: number;
  readonly declaredSeconds: number;
  readonly rule: string;
  readonly section: string;
}

/**
 * Segments that follow each other without a discontinuity, behind one init segment of `initBytes`: what the playlist
 * says of each and of its parts against the stamps in the media (4.4.4.1, 4.4.4.9). The end of the last is not known.
 */
export function checkTimeline(
  media: { initBytes: number; segments: readonly LoadedSegment[]; frames: readonly ProbedFrame[] },
  report: Report,
): void {
  const { initBytes, segments, frames } = media;
  const starts: Span[] = [];
  const parts: Span[] = [];
  let at = initBytes;
  for (const segment of segments) {
    const { listed } = segment;
    const name = listed.uri ?? '';
    starts.push({
      ...{ name, start: at, end: at + segment.bytes.length },
      declaredSeconds: listed.duration,
      ...{ rule: 'extinf-true', section: '4.4.4.1' },
    });
    checkStart(segment, frameIn(frames, at, at + segment.bytes.length), report);
    let partAt = at;
    for (const [index, part] of listed.parts.entries()) {
      const length = segment.partBytes[index];
      if (length === undefined) break;
      const first = frameIn(frames, partAt, partAt + length);
      checkIndependence(part, first, report);
      parts.push({
        ...{ name: part.uri, start: partAt, end: partAt + length },
        declaredSeconds: part.duration,
        ...{ rule: 'part-duration-true', section: '4.4.4.9' },
      });
      partAt += length;
    }
    at += segment.bytes.length;
  }
  checkDurations(starts, frames, report);
  checkDurations(parts, frames, report);
}

function checkStart(
  { listed }: LoadedSegment,
  first: ProbedFrame | undefined,
  report: Report,
): void {
  const name = listed.uri ?? '';
  if (first === undefined) report('has-video', '3', `${name} has no frame`);
  else if (listed.discontinuity && !first.isKeyframe) {
    report('starts-with-keyframe', '4.4.4.3', `${name} follows a discontinuity without a keyframe`);
  }
}

function checkIndependence(
  part: { uri: string; independent: boolean },
  first: ProbedFrame | undefined,
  report: Report,
): void {
  if (first === undefined) report('has-video', '3', `${part.uri} has no frame`);
  else if (part.independent && !first.isKeyframe) {
    report('independent', '4.4.4.9', `${part.uri} does not begin with a keyframe`);
  } else if (!part.independent && first.isKeyframe) {
    report('independent', '4.4.4.9', `${part.uri} begins with a keyframe and does not say so`);
  }
}

/** From the first frame of each to the first behind it. */
function checkDurations(
  spans: readonly Span[],
  frames: readonly ProbedFrame[],
  report: Report,
): void {
  const frameSeconds = longFrame(stepsOf(frames.map(({ time }) => time)));
  for (const span of spans) {
    const from = frames.findIndex((frame) => frame.position >= span.start);
    const to = frames.findIndex((frame) => frame.position >= span.end);
    if (from < 0 || to <= from) continue;
    const steps = stepsOf(frames.slice(from, to + 1).map(({ time }) => time));
    const seconds = steps.reduce((sum, step) => sum + step, 0);
    const off = Math.abs(seconds - span.declaredSeconds);
    const what = `${span.name}: ${span.declaredSeconds} s are declared, ${seconds.toFixed(4)} s are in it`;
    if (Math.min(...steps) <= 0 || off > jumpSeconds + span.declaredSeconds) {
      report('discontinuity', '4.4.4.3', `${what}: the stamps jump without EXT-X-DISCONTINUITY`);
    } else if (off > Math.max(frameSeconds, ...steps) + rounding) {
      report(span.rule, span.section, what);
    }
  }
}

function stepsOf(times: readonly number[]): number[] {
  return times.slice(1).map((time, index) => time - (times[index] ?? 0));
}

/** What a long frame of this stream is: nine of ten are shorter, so that one hiccup does not count. */
function longFrame(steps: readonly number[]): number {
  return [...steps].sort((one, other) => one - other)[Math.floor(0.9 * steps.length)] ?? 0;
}

function frameIn(
  frames: readonly ProbedFrame[],
  start: number,
  end: number,
): ProbedFrame | undefined {
  return frames.find(({ position }) => position >= start && position < end);
}
