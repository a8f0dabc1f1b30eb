import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SegmenterEvent } from '../../../../../src/outputs/hls/segmenter/segmenter-events.ts';
import { Segmenter } from '../../../../../src/outputs/hls/segmenter/segmenter.ts';
import { videoTimescale, type Run } from '../../../../../src/media/frame.ts';
import { trackIds } from '../../../../../src/media/mp4/init-writer.ts';
import type { Sample } from '../../../../../src/media/mp4/track-samples.ts';
import { audioFrame, frame, runWithAudio, samplesIn, silentRun } from '../window-rig.ts';

const frameMs = 40;
const partMs = 200;
/** Times are whole ticks of their tracks: one of 90 kHz and one of 48 kHz, in seconds. */
const roundingSeconds = 1 / 90_000 + 1 / 48_000;
/** Of one AAC frame. */
const audioTicks = 1024;

/** What a camera and its viewers do to one playlist. */
type Step =
  | { readonly kind: 'begin'; readonly atMs: number }
  | { readonly kind: 'frames'; readonly count: number }
  /** The stamps of the run leap, audio too. */
  | { readonly kind: 'leap'; readonly byMs: number }
  /** No video comes for a while; audio does. */
  | { readonly kind: 'hole'; readonly ms: number }
  | { readonly kind: 'end' }
  | { readonly kind: 'clear' };

interface Span {
  readonly beginSeconds: number;
  readonly endSeconds: number;
}

interface Piece {
  readonly isDiscontinuity: boolean;
  readonly video: Span;
  readonly audio: Span | undefined;
}

function spanOf(samples: readonly Sample[], trackId: number, timescale: number): Span | undefined {
  const own = samples.filter((sample) => sample.trackId === trackId);
  const [first, last] = [own[0], own.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  return {
    beginSeconds: first.decodeTime / timescale,
    endSeconds: (last.decodeTime + last.duration) / timescale,
  };
}

/** A segmenter whose runs are made frame by frame. */
class Playlist {
  readonly pieces: Piece[] = [];
  readonly #run: Run;
  readonly #segmenter: Segmenter;
  #timeMs = 0;
  #frameCount = 0;
  #audioTicks = 0;
  #isBroken = false;

  constructor(run: Run, hasIndependentSegments: boolean) {
    this.#run = run;
    this.#segmenter = new Segmenter({
      partMs,
      segmentMs: 1000,
      knownGopMs: undefined,
      maxSegmentBytes: 1024 ** 2,
      hasIndependentSegments,
    });
  }

  play(steps: readonly Step[]): void {
    for (const step of steps) {
      if (step.kind === 'begin') this.#begin(step.atMs);
      else if (step.kind === 'leap') this.#leapTo(Math.max(0, this.#timeMs + step.byMs));
      else if (step.kind === 'hole') this.#pass(step.ms);
      else if (step.kind === 'end') this.#publish(this.#segmenter.end());
      else if (step.kind === 'clear') this.#publish(this.#segmenter.restart());
      else for (let count = 0; count < step.count; count += 1) this.#frame();
    }
    this.#publish(this.#segmenter.end());
  }

  #begin(atMs: number): void {
    this.#publish(this.#segmenter.end());
    this.#segmenter.begin(this.#run);
    this.#leapTo(atMs);
    this.#frameCount = 0;
  }

  #leapTo(timeMs: number): void {
    this.#timeMs = timeMs;
    this.#audioTicks = timeMs * 48;
  }

  #frame(): void {
    this.#publish(this.#segmenter.push(frame(this.#timeMs, this.#frameCount % 25 === 0)));
    this.#frameCount += 1;
    this.#pass(frameMs);
  }

  #pass(ms: number): void {
    this.#timeMs += ms;
    if (this.#run.audio === undefined) return;
    for (; this.#audioTicks + 1024 <= this.#timeMs * 48; this.#audioTicks += 1024) {
      this.#publish(this.#segmenter.push(audioFrame(this.#audioTicks)));
    }
  }

  #publish(events: readonly SegmenterEvent[]): void {
    for (const event of events) {
      if (event.type === 'discontinuity') this.#isBroken = this.pieces.length > 0;
      if (event.type !== 'part') continue;
      const samples = samplesIn(event.part.bytes);
      const video = spanOf(samples, trackIds.video, videoTimescale);
      if (video === undefined) throw new Error('a part without video');
      const audio = spanOf(samples, trackIds.audio, 48_000);
      this.pieces.push({ isDiscontinuity: this.#isBroken, video, audio });
      this.#isBroken = false;
    }
  }
}

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('begin'), atMs: fc.nat({ max: 1_000_000 }) }),
  fc.record({ kind: fc.constant('frames'), count: fc.nat({ max: 60 }) }),
  fc.record({ kind: fc.constant('frames'), count: fc.nat({ max: 60 }) }),
  fc.record({
    kind: fc.constant('leap'),
    byMs: fc.oneof(
      fc.integer({ min: 1, max: 900_000 }),
      fc.integer({ min: -900_000, max: -frameMs }),
    ),
  }),
  fc.record({ kind: fc.constant('hole'), ms: fc.integer({ min: 1, max: 5_000 }) }),
  fc.record({ kind: fc.constant('end') }),
  fc.record({ kind: fc.constant('clear') }),
);

describe.each([
  ['silent', silentRun()],
  ['with audio', runWithAudio()],
])('the media time of a playlist (%s)', (_name, run) => {
  it('goes on after a pause that emptied it, and after the reset that follows', () => {
    const playlist = new Playlist(run, false);
    playlist.play([
      { kind: 'begin', atMs: 0 },
      { kind: 'frames', count: 1500 },
      { kind: 'end' },
      { kind: 'clear' },
      { kind: 'begin', atMs: 0 },
      { kind: 'frames', count: 375 },
      { kind: 'begin', atMs: 0 },
      { kind: 'frames', count: 100 },
    ]);
    const { pieces } = playlist;
    expect(pieces.filter(({ isDiscontinuity }) => isDiscontinuity)).toHaveLength(2);
    const [first] = pieces;
    const played = (pieces.at(-1)?.video.endSeconds ?? 0) - (first?.video.beginSeconds ?? 0);
    // Two prerolls of a second stand before what was played.
    expect(played).toBeCloseTo(60 + 15 + 4 + 2, 1);
  });

  it('never goes back and never leaps, whatever becomes of its runs', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), fc.boolean(), (steps, isIndependent) => {
        const playlist = new Playlist(run, isIndependent);
        playlist.play([{ kind: 'begin', atMs: 0 }, ...steps]);
        let videoEnd: number | undefined;
        let audioEnd: number | undefined;
        for (const { isDiscontinuity, video, audio } of playlist.pieces) {
          expect(video.beginSeconds).toBeGreaterThan((videoEnd ?? 0) - roundingSeconds);
          if (videoEnd !== undefined) {
            // Audio that was published before it was clear that its video ends may reach over that; and a frame may be
            // late by half of one without being moved.
            const jitterSeconds = frameMs / 2000 + roundingSeconds;
            expect(video.beginSeconds).toBeLessThan(
              videoEnd + (isDiscontinuity ? audioTicks / 48_000 : jitterSeconds),
            );
          }
          videoEnd = video.endSeconds;
          if (audio === undefined) continue;
          expect(audio.beginSeconds).toBeGreaterThan((audioEnd ?? 0) - roundingSeconds);
          audioEnd = audio.endSeconds;
        }
      }),
      { numRuns: 300 },
    );
  });
});
