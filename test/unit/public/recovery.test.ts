import { describe, expect, it } from 'vitest';
import {
  pageModule,
  type Action,
  type EngineModule,
  type Memory,
  type RecoveryModule,
  type TickFacts,
} from './page-modules.ts';

const { freshMemory, onFailure, onTick } = (await pageModule(
  'player/recovery.js',
)) as RecoveryModule;
const { usableEngines } = (await pageModule('player/engines/engine.js')) as EngineModule;

const watching: TickFacts = {
  nowMs: 0,
  positionSeconds: 7,
  isWatched: true,
  isCameraAway: false,
  hasStarted: true,
  latencySeconds: 0.7,
  targetLatencySeconds: 0.6,
};

/** Looks every 250 ms and notes what is done when. */
function run(
  facts: (nowMs: number) => Partial<TickFacts>,
  untilMs: number,
  start: Memory = onTick(watching, freshMemory(0)).memory,
): { actions: [atMs: number, action: Action][]; memory: Memory } {
  const actions: [number, Action][] = [];
  let memory = start;
  for (let nowMs = 250; nowMs <= untilMs; nowMs += 250) {
    const result = onTick({ ...watching, ...facts(nowMs), nowMs }, memory);
    memory = result.memory;
    if (result.action !== 'none') actions.push([nowMs, result.action]);
  }
  return { actions, memory };
}

const moving = (nowMs: number): Partial<TickFacts> => ({ positionSeconds: 7 + nowMs / 1000 });

describe('the recovery ladder', () => {
  it('does nothing while the picture moves', () => {
    expect(run(moving, 60_000).actions).toEqual([]);
  });

  it('climbs from jump to reload to rebuild, and slower and slower from there', () => {
    expect(run(() => ({}), 60_000).actions).toEqual([
      [2000, 'jump'],
      [5000, 'reload'],
      [9000, 'rebuild'],
      [14_000, 'rebuild'],
      [24_000, 'rebuild'],
      [44_000, 'rebuild'],
    ]);
  });

  it('starts again from the first rung only after five seconds of movement', () => {
    const stuck = run(() => ({}), 6500).memory;
    expect(stuck.step).toBe(2);
    expect(run((nowMs) => moving(nowMs + 10_000), 4000, stuck).memory.step).toBe(2);
    expect(run((nowMs) => moving(nowMs + 10_000), 6000, stuck).memory.step).toBe(0);
  });

  it('lets a paused or hidden player stand', () => {
    expect(run(() => ({ isWatched: false }), 120_000).actions).toEqual([]);
  });

  it('gives a cold camera the time that the gateway gives it', () => {
    const { actions } = run(() => ({ hasStarted: false }), 24_000);
    expect(actions).toEqual([
      [12_000, 'rebuild'],
      [24_000, 'rebuild'],
    ]);
  });

  it('tries rarely while the camera is known to be away, and afresh when it is back', () => {
    const away = run(() => ({ isCameraAway: true }), 29_000);
    expect(away.actions).toEqual([[15_000, 'rebuild']]);
    const back = run(() => ({}), 4000, away.memory);
    expect(back.actions).toEqual([[2250, 'jump']]);
    expect(back.memory.step).toBe(1);
  });

  it('jumps when it drifts far behind, without climbing', () => {
    const behind = (nowMs: number): Partial<TickFacts> => ({ ...moving(nowMs), latencySeconds: 5 });
    const { actions, memory } = run(behind, 7000);
    expect(actions).toEqual([
      [3000, 'jump'],
      [6000, 'jump'],
    ]);
    expect(memory.step).toBe(0);
  });
});

describe('what is done about a failure', () => {
  const fail = (kind: string, nowMs: number, memory: Memory) =>
    onFailure({ kind, nowMs, random: 1 }, memory);

  it('backs off with every failed playlist, up to eight seconds', () => {
    let memory = freshMemory(0);
    const delays: number[] = [];
    for (let count = 0; count < 7; count++) {
      const result = fail('playlist', 0, memory);
      expect(result.action).toBe('reload');
      delays.push(result.delayMs);
      memory = result.memory;
    }
    expect(delays).toEqual([400, 800, 1600, 3200, 6400, 8000, 8000]);
  });

  it('spreads the tries of many pages', () => {
    const failure = { kind: 'playlist', nowMs: 0, random: 0 };
    expect(onFailure(failure, freshMemory(0)).delayMs).toBe(300);
  });

  it('asks soon again for a playlist that has no whole segment yet', () => {
    const { action, delayMs, memory } = fail('empty-playlist', 0, freshMemory(0));
    expect([action, delayMs, memory.failures]).toEqual(['ask-again', 150, 0]);
  });

  it('refills a decoder once and rebuilds when that did not help', () => {
    const first = fail('decoder', 1000, freshMemory(0));
    expect(first.action).toBe('recover-media');
    const second = fail('decoder', 4000, first.memory);
    expect(second.action).toBe('rebuild');
    expect(fail('decoder', 20_000, second.memory).action).toBe('recover-media');
  });

  it('goes on loading after a lost part and falls back when the codec cannot be played', () => {
    expect(fail('media-request', 0, freshMemory(0)).action).toBe('restart-load');
    expect(fail('unsupported', 0, freshMemory(0)).action).toBe('fall-back');
  });
});

describe('the order of engines', () => {
  it('prefers hls.js, then native HLS, and always ends with MJPEG', () => {
    expect(usableEngines({ hasMediaSource: true, hasNativeHls: true })).toEqual([
      'hls.js',
      'native',
      'mjpeg',
    ]);
    expect(usableEngines({ hasMediaSource: false, hasNativeHls: true })).toEqual([
      'native',
      'mjpeg',
    ]);
    expect(usableEngines({ hasMediaSource: false, hasNativeHls: false })).toEqual(['mjpeg']);
  });
});
