import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SlateLoop, type EncodedStill } from '../../../../src/sources/slate/slate-loop.ts';
import { frameAt, h264Track, Recorder } from '../../media/frames.ts';

/** Two groups of two frames, each of which holds the words that it shows. */
function stillOf(words: string): EncodedStill {
  const data = [Buffer.from(words)];
  return { track: h264Track, frames: [0, 1, 2, 3].map((at) => frameAt(0, at % 2 === 0, data)) };
}

class Rig {
  words = 'one';
  /** Of this process: it stands still while the machine sleeps, and then is far ahead. */
  sleptMs = 0;
  readonly encodings: { resolve: (still: EncodedStill) => void; reject: (error: Error) => void }[] =
    [];
  readonly signals: AbortSignal[] = [];
  readonly failures: unknown[] = [];
  readonly loop: SlateLoop;
  readonly recorder: Recorder;
  readonly #beganAtMs = performance.now();

  constructor(rate = { frameCount: 5, periodMs: 1_000 }) {
    this.loop = new SlateLoop({
      rate,
      encode: (signal) => {
        this.signals.push(signal);
        return new Promise((resolve, reject) => this.encodings.push({ resolve, reject }));
      },
      words: () => this.words,
      clock: { monotonicMs: () => this.nowMs, wallMs: () => 1_000_000 + this.nowMs },
      onFailure: (error) => this.failures.push(error),
    });
    this.recorder = new Recorder(this.loop.output);
  }

  get nowMs(): number {
    return performance.now() - this.#beganAtMs + this.sleptMs;
  }

  async encoded(words: string): Promise<void> {
    this.encodings.shift()?.resolve(stillOf(words));
    await vi.advanceTimersByTimeAsync(0);
  }

  get shown(): string[] {
    return this.recorder.frames.map(({ data }) => data[0]?.toString() ?? '');
  }
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a slate', () => {
  it('is encoded once and shown at a steady rate, for ever', async () => {
    const rig = new Rig();
    expect(rig.recorder.events).toEqual([]);
    await vi.advanceTimersByTimeAsync(300);
    await rig.encoded('one');
    expect(rig.recorder.runs).toMatchObject([
      { video: h264Track, audio: undefined, originMs: 1_000_300 },
    ]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(rig.recorder.timesMs).toEqual(Array.from({ length: 301 }, (_, at) => at * 200));
    expect(rig.recorder.events.slice(0, 5)).toEqual(['run', 'V0', 'v200', 'V400', 'v600']);
    expect(rig.recorder.frames.every(({ duration }) => duration === 18_000)).toBe(true);
    expect(rig.encodings).toEqual([]);
  });

  it('keeps to the clock, however late timers are', async () => {
    const rig = new Rig({ frameCount: 3, periodMs: 1_000 });
    await rig.encoded('one');
    rig.sleptMs += 1_500;
    await vi.advanceTimersByTimeAsync(8_500);
    expect(rig.recorder.runs).toHaveLength(1);
    expect(rig.recorder.timesMs).toEqual(
      Array.from({ length: 31 }, (_, at) => Math.round((at * 1000) / 3)),
    );
  });

  it('goes on at the present time, in another run, after a sleep of the machine', async () => {
    const rig = new Rig();
    await rig.encoded('one');
    await vi.advanceTimersByTimeAsync(400);
    rig.sleptMs += 3_600_000;
    await vi.advanceTimersByTimeAsync(400);
    expect(rig.recorder.events).toEqual([
      ...['run', 'V0', 'v200', 'V400', 'end', 'run', 'V0', 'v200'],
    ]);
    expect(rig.recorder.runs[1]).toMatchObject({ originMs: 1_000_600 + 3_600_000 });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(rig.recorder.timesMs.at(-1)).toBe(1_200);
  });

  it('is encoded anew when its words change, and changes with a round', async () => {
    const rig = new Rig();
    await rig.encoded('one');
    await vi.advanceTimersByTimeAsync(100);
    rig.words = 'two';
    await vi.advanceTimersByTimeAsync(700);
    expect(rig.encodings).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(100);
    await rig.encoded('two');
    await vi.advanceTimersByTimeAsync(900);
    const [one, two] = [Array<string>(8).fill('one'), Array<string>(2).fill('two')];
    expect(rig.shown).toEqual([...one, ...two]);
    expect(rig.recorder.runs).toHaveLength(1);
    expect(rig.recorder.video[8]?.isKeyframe).toBe(true);
  });

  it('catches up with words that change while it is encoded', async () => {
    const rig = new Rig();
    rig.words = 'two';
    await rig.encoded('one');
    await vi.advanceTimersByTimeAsync(800);
    expect(rig.encodings).toHaveLength(1);
    rig.words = 'three';
    await rig.encoded('two');
    await vi.advanceTimersByTimeAsync(3_000);
    await rig.encoded('three');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(rig.shown.at(-1)).toBe('three');
  });

  it('tells that it cannot be encoded, and gives nothing', async () => {
    const rig = new Rig();
    rig.encodings[0]?.reject(new Error('no'));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(rig.failures).toMatchObject([{ message: 'no' }]);
    expect(rig.recorder.events).toEqual([]);
  });

  it('that is stopped ends its run and its encoder, and says nothing more', async () => {
    const rig = new Rig();
    await rig.encoded('one');
    rig.words = 'two';
    await vi.advanceTimersByTimeAsync(1_000);
    rig.loop.stop();
    rig.loop.stop();
    expect(rig.signals.every(({ aborted }) => aborted)).toBe(true);
    rig.encodings[0]?.reject(new Error('stopped'));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(rig.recorder.events.slice(-2)).toEqual(['v1000', 'end']);
    expect(rig.failures).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that is stopped before it is encoded never begins', async () => {
    const rig = new Rig();
    rig.loop.stop();
    await rig.encoded('one');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(rig.recorder.events).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
