import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Slate } from '../../../../src/camera/slate/slate.ts';
import type { SupervisorState } from '../../../../src/camera/supervisor/supervisor-state.ts';
import { FrameHub } from '../../../../src/media/frame-hub.ts';
import type { FrameStream } from '../../../../src/media/frame.ts';
import { silentLog } from '../../../../src/lib/log.ts';
import { jpegAt } from '../../media/frames.ts';
import { SteppedClock } from '../../stepped-clock.ts';
import { bundledFfmpeg, shellProgram, TestTools } from '../../transcode/stand-in.ts';

const binary = await bundledFfmpeg();
const live = { name: 'live', sinceMs: 0, openedAtMs: 0, attempt: 0 } as const;

class Rig {
  readonly clock = new SteppedClock();
  readonly tools: TestTools;
  readonly slate: Slate;
  state: SupervisorState = live;
  shown: FrameStream | undefined;

  constructor(program = binary) {
    this.tools = new TestTools(program);
    this.slate = new Slate({
      camera: { id: 'front', name: 'Front' },
      keyframeMs: 1_000,
      ...{ tools: this.tools, log: silentLog, clock: this.clock },
      show: (slate) => {
        this.shown = slate;
        return () => (this.shown = undefined);
      },
      form: () => ({ size: { width: 64, height: 48 }, rate: { frameCount: 5, periodMs: 1_000 } }),
      facts: () => ({ state: this.state, lastFrameAtMs: undefined, isWaitingForKeyframe: false }),
    });
  }

  fail(): void {
    const failure = { reason: 'unreachable', message: '' } as const;
    const sinceMs = this.clock.monotonicMs();
    const retryAtMs = sinceMs + 9_000;
    const notBeforeMs = sinceMs;
    this.state = { name: 'backing-off', sinceMs, attempt: 1, failure, retryAtMs, notBeforeMs };
    this.slate.consider();
  }

  /** Time for timers and for the clock. */
  pass(ms: number): void {
    vi.advanceTimersByTime(ms);
    this.clock.pass(ms);
    // What was due in between looks at the clock again.
    this.slate.consider();
  }
}

let rig: Rig;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  rig = new Rig();
});
afterEach(() => {
  rig.slate.dispose();
  vi.useRealTimers();
});

describe('a slate', () => {
  it('comes for those who watch a camera that does not, and is made by one run of ffmpeg', async () => {
    rig.slate.setWatched(true);
    rig.pass(2_900);
    expect(rig.shown).toBeUndefined();
    rig.pass(200);
    expect(rig.shown).toBeInstanceOf(FrameHub);
    expect(rig.tools.tally.children).toMatchObject([{ purpose: 'slate' }]);
    await vi.waitFor(() => expect(rig.slate.isShown).toBe(true));
    expect(rig.shown?.run?.video).toMatchObject({ codec: 'h264', width: 64, height: 48 });
    await vi.waitFor(() => expect(rig.tools.tally.children).toEqual([]));
  });

  it('comes soon after a failure, and for nobody who does not watch', () => {
    rig.fail();
    rig.pass(60_000);
    expect(rig.shown).toBeUndefined();
    rig.slate.setWatched(true);
    rig.pass(600);
    expect(rig.shown).toBeDefined();
    rig.slate.setWatched(false);
    expect(rig.shown).toBeUndefined();
  });

  it('goes with the first frame of the camera, and comes back when that stops', async () => {
    rig.slate.setWatched(true);
    rig.pass(3_100);
    await vi.waitFor(() => expect(rig.slate.isShown).toBe(true));
    rig.slate.frameCame(jpegAt(0), true);
    expect(rig.shown).toBeUndefined();
    expect(rig.slate.isShown).toBe(false);
    rig.pass(900);
    expect(rig.shown).toBeUndefined();
    rig.pass(200);
    expect(rig.shown).toBeDefined();
  });

  it('that cannot be made is tried five times a minute', async () => {
    rig = new Rig(shellProgram('exit 1'));
    let count = 0;
    const add = rig.tools.tally.add.bind(rig.tools.tally);
    rig.tools.tally.add = (child) => {
      count += 1;
      add(child);
    };
    rig.slate.setWatched(true);
    rig.pass(3_100);
    await vi.waitFor(() => expect(count).toBe(5));
    await vi.waitFor(() => expect(rig.tools.tally.children).toEqual([]));
    expect(rig.shown).toBeUndefined();
    rig.pass(30_000);
    expect(count).toBe(5);
    rig.pass(31_000);
    await vi.waitFor(() => expect(count).toBeGreaterThan(5));
    await vi.waitFor(() => expect(rig.tools.tally.children).toEqual([]));
  });
});
