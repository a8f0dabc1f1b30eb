import { mergeFragments } from '../media/merge-fragments.ts';
import type { Fragment, TrackRun } from '../media/types.ts';
import type { KeyframeTotal } from './segmenter-events.ts';
import type { SegmenterSession } from './segmenter-session.ts';

/** More fragments without a video frame than this (20 s of sound at 48 kHz) are dropped. */
const maxWaitingFragments = 1000;

const noKeyframes: KeyframeTotal = { count: 0, byteLength: 0 };

/** The fragments of the part that is being made. */
export class PartAssembly {
  #fragments: Buffer[] = [];
  #frameCount = 0;
  #isIndependent = false;
  #keyframes: KeyframeTotal = noKeyframes;

  get fragments(): readonly Buffer[] {
    return this.#fragments;
  }

  get frameCount(): number {
    return this.#frameCount;
  }

  /** The part's first frame is a keyframe. */
  get isIndependent(): boolean {
    return this.#isIndependent;
  }

  get keyframes(): KeyframeTotal {
    return this.#keyframes;
  }

  addFrame({ bytes }: Fragment, run: TrackRun): void {
    if (this.#frameCount === 0) this.#isIndependent = run.isKeyframe;
    this.#fragments.push(bytes);
    this.#frameCount += run.sampleCount;
    if (!run.isKeyframe) return;
    const { count, byteLength } = this.#keyframes;
    this.#keyframes = { count: count + 1, byteLength: byteLength + bytes.length };
  }

  /** false where it was dropped. */
  addSound({ bytes }: Fragment): boolean {
    if (this.#fragments.length >= maxWaitingFragments) return false;
    this.#fragments.push(bytes);
    return true;
  }

  /** Copied once for all viewers: one write per part, and no pin on the larger chunks that were read from the pipe. */
  merge({ init, defaults, shiftTicks }: SegmenterSession): Buffer {
    if (defaults === undefined) return Buffer.concat(this.#fragments);
    const trackIds = init.tracks.map(({ id }) => id);
    return mergeFragments(this.#fragments, { defaults, trackIds, shiftTicks });
  }

  clear(): void {
    this.#fragments = [];
    this.#frameCount = 0;
    this.#keyframes = noKeyframes;
  }
}
