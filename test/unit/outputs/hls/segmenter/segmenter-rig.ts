import { trackIds } from '../../../../../src/media/mp4/init-writer.ts';
import type { Sample } from '../../../../../src/media/mp4/track-samples.ts';
import type { Frame, Run } from '../../../../../src/media/frame.ts';
import type {
  SegmenterEvent,
  SegmenterPart,
  SegmentOpening,
} from '../../../../../src/outputs/hls/segmenter/segmenter-events.ts';
import {
  Segmenter,
  type SegmenterOptions,
} from '../../../../../src/outputs/hls/segmenter/segmenter.ts';
import { audioFrame, evenFrames, samplesIn, timeMsOf, type Pattern } from '../window-rig.ts';

/** A part as a player reads it. */
export interface ReadPart {
  readonly part: SegmenterPart;
  readonly opens: SegmentOpening | undefined;
  readonly isBehindDiscontinuity: boolean;
  readonly video: readonly Sample[];
  readonly audio: readonly Sample[];
}

/** A segmenter of 200 ms parts and 1 s segments, and all that it has made. */
export class SegmenterRig {
  readonly segmenter: Segmenter;
  readonly parts: ReadPart[] = [];
  #isBroken = false;

  constructor(options: Partial<SegmenterOptions> = {}) {
    this.segmenter = new Segmenter({
      partMs: 200,
      segmentMs: 1000,
      knownGopMs: undefined,
      maxSegmentBytes: 1024 ** 2,
      hasIndependentSegments: false,
      ...options,
    });
  }

  begin(run: Run, expectedFrameMs?: number): void {
    this.end();
    this.segmenter.begin(run, expectedFrameMs);
  }

  push(...frames: readonly Frame[]): void {
    for (const frame of frames) this.#hear(this.segmenter.push(frame));
  }

  end(): void {
    this.#hear(this.segmenter.end());
  }

  get preroll(): readonly ReadPart[] {
    return this.parts.filter(({ part }) => part.isPreroll);
  }

  /** What came of the stream itself. */
  get streamed(): readonly ReadPart[] {
    return this.parts.filter(({ part }) => !part.isPreroll);
  }

  #hear(events: readonly SegmenterEvent[]): void {
    for (const event of events) {
      if (event.type === 'discontinuity') this.#isBroken = this.parts.length > 0;
      if (event.type !== 'part') continue;
      const { part, opens } = event;
      const samples = samplesIn(part.bytes);
      const of = (id: number): Sample[] => samples.filter(({ trackId }) => trackId === id);
      const tracks = { video: of(trackIds.video), audio: of(trackIds.audio) };
      this.parts.push({ part, opens, isBehindDiscontinuity: this.#isBroken, ...tracks });
      this.#isBroken = false;
    }
  }
}

/** Where the samples begin and end, in ticks of their track; undefined for none. */
export function spanOf(samples: readonly Sample[]): { begin: number; end: number } | undefined {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  return { begin: first.decodeTime, end: last.decodeTime + last.duration };
}

/** How far each sample begins behind the end of the one before it, in ticks. */
export function seamsOf(samples: readonly Sample[]): number[] {
  return samples.slice(1).map(({ decodeTime }, index) => {
    const before = samples[index];
    return before === undefined ? 0 : decodeTime - before.decodeTime - before.duration;
  });
}

/** Nothing between the samples and nothing twice, but one tick at the end of each part of a preroll. */
export function prerollSeams(parts: readonly ReadPart[], kind: 'video' | 'audio'): number[] {
  const afterEach = parts.flatMap(({ part, [kind]: samples }) => {
    return samples.map((_, index) => (part.isPreroll && index === samples.length - 1 ? -1 : 0));
  });
  return afterEach.slice(0, -1);
}

/**
 * Frames with AAC frames of 48 kHz between them, which arrive so much later than video of the same time; `fromTicks`
 * is the time of the first one.
 */
export function withAudio(
  pattern: Pattern,
  { lagMs = 0, fromTicks = 0 }: { lagMs?: number; fromTicks?: number } = {},
): Frame[] {
  let pts = fromTicks;
  return evenFrames(pattern).flatMap((each) => {
    const before: Frame[] = [];
    for (; pts + 1024 <= (timeMsOf(each) - lagMs) * 48; pts += 1024) before.push(audioFrame(pts));
    return [...before, each];
  });
}
