import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SegmenterEvent } from '../../../src/hls/segmenter-events.ts';
import { Segmenter } from '../../../src/hls/segmenter.ts';
import { needBox } from '../../../src/media/boxes.ts';
import { writeFragment, type WrittenRun } from '../../../src/media/fragment-writer.ts';
import { parseSampleDefaults, type SampleDefaults } from '../../../src/media/track-runs.ts';
import { readSamples } from '../../../src/media/track-samples.ts';
import type { Fragment, InitSegment, Track } from '../../../src/media/types.ts';
import { makeFootage } from './ffmpeg-fragments.ts';

const frameMs = 40;
const partMs = 200;
/** A held picture and rounded stamps reach this far over what follows, in seconds. */
const overlapSeconds = 0.011;

/** What a camera and its viewers do to one playlist. */
type Step =
  | { readonly kind: 'begin'; readonly atMs: number }
  | { readonly kind: 'frames'; readonly count: number }
  /** The stamps of the running session leap. */
  | { readonly kind: 'leap'; readonly byMs: number }
  | { readonly kind: 'end' }
  | { readonly kind: 'clear' };

interface Piece {
  readonly isDiscontinuity: boolean;
  readonly beginSeconds: number;
  readonly endSeconds: number;
}

/** A segmenter whose sessions are made frame by frame, in the boxes that ffmpeg would write. */
class Playlist {
  readonly pieces: Piece[] = [];
  readonly #init: InitSegment;
  readonly #video: Track;
  readonly #defaults: ReadonlyMap<number, SampleDefaults>;
  readonly #segmenter: Segmenter;
  #timeMs = 0;
  #frameCount = 0;
  #arrivedAtMs = 0;
  #isBroken = false;

  constructor(init: InitSegment, hasIndependentSegments: boolean) {
    const video = init.tracks.find(({ kind }) => kind === 'video');
    if (video === undefined) throw new Error('no video');
    this.#init = init;
    this.#video = video;
    this.#defaults = parseSampleDefaults(needBox(init.bytes, 'moov'), new Set([video.id]));
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
      else if (step.kind === 'leap') this.#timeMs = Math.max(0, this.#timeMs + step.byMs);
      else if (step.kind === 'end') this.#publish(this.#segmenter.end());
      else if (step.kind === 'clear') this.#publish(this.#segmenter.restart());
      else for (let count = 0; count < step.count; count += 1) this.#frame();
    }
    this.#publish(this.#segmenter.end());
  }

  #begin(atMs: number): void {
    this.#publish(this.#segmenter.end());
    this.#segmenter.begin(this.#init);
    this.#timeMs = atMs;
    this.#frameCount = 0;
  }

  #frame(): void {
    for (const track of this.#init.tracks) {
      const isKeyframe = track.kind === 'audio' || this.#frameCount % 25 === 0;
      const fragment = this.#fragment(track, isKeyframe);
      this.#publish(this.#segmenter.push(fragment, this.#arrivedAtMs));
    }
    this.#timeMs += frameMs;
    this.#arrivedAtMs += frameMs;
    this.#frameCount += 1;
  }

  #fragment({ id, timescale }: Track, isKeyframe: boolean): Fragment {
    const decodeTime = Math.round((this.#timeMs * timescale) / 1000);
    const duration = (frameMs * timescale) / 1000;
    const sample = { duration, compositionOffset: 0, isSync: isKeyframe, bytes: Buffer.from('x') };
    const run: WrittenRun = { trackId: id, decodeTime, samples: [sample] };
    return {
      bytes: writeFragment(0, [run]),
      runs: [{ trackId: id, decodeTime, duration, sampleCount: 1, isKeyframe }],
    };
  }

  #publish(events: readonly SegmenterEvent[]): void {
    for (const event of events) {
      if (event.type === 'discontinuity') this.#isBroken = this.pieces.length > 0;
      if (event.type !== 'part') continue;
      const samples = [...readSamples(event.part.bytes, this.#defaults)];
      const pictures = samples.filter(({ trackId }) => trackId === this.#video.id);
      const [first] = pictures;
      const last = pictures.at(-1);
      if (first === undefined || last === undefined) throw new Error('a part without pictures');
      this.pieces.push({
        isDiscontinuity: this.#isBroken,
        beginSeconds: first.decodeTime / this.#video.timescale,
        endSeconds: (last.decodeTime + last.duration) / this.#video.timescale,
      });
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
      fc.integer({ min: 6_000, max: 900_000 }),
      fc.integer({ min: -900_000, max: -frameMs }),
    ),
  }),
  fc.record({ kind: fc.constant('end') }),
  fc.record({ kind: fc.constant('clear') }),
);

describe.each([
  ['silent', false],
  ['with sound', true],
])('the media time of a playlist (%s)', (_name, hasAudio) => {
  const footage = makeFootage({ frameRate: 25, gopSeconds: 1, seconds: 0.2, hasAudio });

  it('goes on after a pause that emptied it, and after the reset that follows', async () => {
    const playlist = new Playlist((await footage).init, false);
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
    // Two prerolls of a second stand before what was played.
    expect(pieces.at(-1)?.endSeconds).toBeCloseTo(60 + 15 + 4 + 2, 1);
  });

  it('never goes back and never leaps, whatever becomes of its sessions', async () => {
    const { init } = await footage;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), fc.boolean(), (steps, isIndependent) => {
        const playlist = new Playlist(init, isIndependent);
        playlist.play([{ kind: 'begin', atMs: 0 }, ...steps]);
        let end: number | undefined;
        for (const { isDiscontinuity, beginSeconds, endSeconds } of playlist.pieces) {
          if (end !== undefined) expect(beginSeconds).toBeGreaterThan(end - overlapSeconds);
          if (end !== undefined && isDiscontinuity) {
            expect(beginSeconds).toBeLessThan(end + partMs / 1000);
          }
          end = endSeconds;
        }
      }),
      { numRuns: 300 },
    );
  });
});
