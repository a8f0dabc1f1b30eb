import { describe, expect, it } from 'vitest';
import { LiveWindows, type RunFacts } from '../../../../../src/outputs/hls/window/live-windows.ts';
import type { LiveWindow } from '../../../../../src/outputs/hls/window/live-window.ts';
import { silentLog } from '../../../../../src/lib/log.ts';
import { SettableClock } from '../../../../settable-clock.ts';
import { frame, silentRun, startMs, type Pattern } from '../window-rig.ts';

const copied = { knownGopMs: 1000, isEncoded: false };
const signal = new AbortController().signal;
const plain = { msn: undefined, part: undefined, skip: undefined };

/** The windows of a camera whose frames come one after the other, whatever their distance. */
class Camera {
  readonly clock = new SettableClock(startMs);
  readonly windows = new LiveWindows({
    config: {
      partMs: 200,
      segmentMs: 1000,
      segmentCount: 7,
      windowMs: undefined,
      directory: undefined,
      maxBytes: 16 * 1024 * 1024,
      maxDiskBytes: 1024 ** 3,
    },
    cameraId: 'front',
    bootId: 'boot',
    disk: undefined,
    log: silentLog,
    clock: this.clock,
  });

  get current(): LiveWindow {
    const { current } = this.windows;
    if (current === undefined) throw new Error('no window');
    return current;
  }

  /** Frames count from the beginning of the clock. */
  begin(facts: RunFacts): void {
    const originMs = this.clock.wallMs() - this.clock.monotonicMs();
    this.windows.begin({ ...silentRun(), originMs }, facts);
  }

  /** `each` is called after every frame; the first is a keyframe. */
  play({ seconds, frameMs, gopMs }: Pattern, each: () => void = () => undefined): void {
    for (let timeMs = 0; timeMs < seconds * 1000; timeMs += frameMs) {
      this.windows.append(frame(this.clock.monotonicMs(), timeMs % gopMs === 0));
      each();
      this.clock.pass(frameMs);
    }
  }

  /** Plays until new viewers get another playlist, and returns the one that they got before. */
  playUntilNewLife(pattern: Pattern): LiveWindow {
    const before = this.current;
    const retiredAtMs: number[] = [];
    this.play(pattern, () => {
      if (this.current !== before) retiredAtMs.push(this.clock.monotonicMs());
    });
    expect(retiredAtMs.length, 'no new life').toBeGreaterThan(0);
    return before;
  }
}

function textOf(window: LiveWindow): string {
  const answer = window.mediaPlaylist(plain, signal);
  if (answer instanceof Promise) throw new Error('nothing to play');
  return answer.body.toString();
}

/** All that the playlist names, parts and init segments too. */
function namesIn(text: string): string[] {
  const hinted = /PRELOAD-HINT:TYPE=PART,URI="([^"]+)"/.exec(text)?.[1];
  const quoted = [...text.matchAll(/URI="([^"]+)"/g)].map(([, name = '']) => name);
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return [...quoted, ...lines].filter((name) => name !== hinted);
}

describe('playlists that followed each other', () => {
  it('each keep what they list for 30 s after their last viewer, also within 30 s', () => {
    const camera = new Camera();
    camera.begin(copied);
    camera.play({ seconds: 6, frameMs: 40, gopMs: 1000 });
    const first = camera.playUntilNewLife({ seconds: 12, frameMs: 40, gopMs: 4000 });
    const second = camera.playUntilNewLife({ seconds: 12, frameMs: 400, gopMs: 2000 });
    expect(new Set([first.life, second.life, camera.current.life]).size).toBe(3);

    // Both are asked for now, and then not for nearly 30 s in which the camera goes on.
    for (const { life } of [first, second]) expect(camera.windows.find(life)).toBeDefined();
    camera.play({ seconds: 29.6, frameMs: 400, gopMs: 2000 });
    for (const window of [first, second]) {
      const names = namesIn(textOf(window));
      expect(names.length).toBeGreaterThan(10);
      const found = camera.windows.find(window.life);
      expect(found).toBe(window);
      for (const name of names) expect(found?.media(name, signal), name).toBeDefined();
    }

    // The second has a viewer still.
    camera.play({ seconds: 20, frameMs: 400, gopMs: 2000 });
    expect(camera.windows.find(second.life)).toBe(second);
    camera.play({ seconds: 12, frameMs: 400, gopMs: 2000 });
    expect(camera.windows.find(first.life)).toBeUndefined();
    expect(first.byteCount).toBe(0);
    expect(camera.windows.find(second.life)).toBe(second);
  });

  it('are three at most, however often the camera changes', () => {
    const camera = new Camera();
    camera.begin(copied);
    const windows = new Set<LiveWindow>();
    for (const frameMs of [40, 400, 800, 1600, 3200]) {
      camera.play({ seconds: frameMs / 20, frameMs, gopMs: frameMs * 2 }, () => {
        windows.add(camera.current);
        // All are watched.
        for (const { life } of windows) camera.windows.find(life);
      });
    }
    const retired = [...windows].slice(0, -1);
    expect(retired.length).toBeGreaterThan(3);
    const kept = retired.filter(({ life }) => camera.windows.find(life) !== undefined);
    expect(kept).toEqual(retired.slice(-3));
  });
});

describe('a next playlist', () => {
  it('takes new viewers when none of them has to wait, whatever their rendition', () => {
    const camera = new Camera();
    camera.begin(copied);
    camera.play({ seconds: 6, frameMs: 40, gopMs: 1000 });
    const lives = new Set<string>();
    camera.play({ seconds: 12, frameMs: 400, gopMs: 1200 }, () => {
      lives.add(camera.current.life);
      const answer = camera.current.classicPlaylist('classic', signal);
      expect(answer).not.toBeInstanceOf(Promise);
    });
    expect(lives.size).toBe(2);
  });

  it('promises keyframes for a camera that is encoded, and no longer when it is copied', () => {
    const camera = new Camera();
    const tag = '#EXT-X-INDEPENDENT-SEGMENTS\n';
    camera.begin({ knownGopMs: 1000, isEncoded: true });
    camera.play({ seconds: 6, frameMs: 40, gopMs: 1000 });
    const before = camera.current;
    expect(textOf(before)).toContain(tag);
    camera.begin({ knownGopMs: 1000, isEncoded: true });
    camera.play({ seconds: 6, frameMs: 40, gopMs: 1000 });
    expect(camera.current).toBe(before);
    camera.begin(copied);
    camera.play({ seconds: 8, frameMs: 40, gopMs: 1000 });
    expect(camera.current).not.toBe(before);
    expect(textOf(camera.current)).not.toContain(tag);
    expect(textOf(before)).toContain(tag);
    // A life without the promise goes on when the camera is encoded later.
    const { life } = camera.current;
    camera.begin({ knownGopMs: 1000, isEncoded: true });
    camera.play({ seconds: 8, frameMs: 40, gopMs: 1000 });
    expect(camera.current.life).toBe(life);
  });

  it('does not wait longer than a viewer would', () => {
    const camera = new Camera();
    camera.begin(copied);
    camera.play({ seconds: 6, frameMs: 40, gopMs: 1000 });
    // The keyframe at 10 s tells of the change, and the window that begins with it has one whole segment 6 s later.
    const { life } = camera.current;
    camera.play({ seconds: 15.9, frameMs: 100, gopMs: 10_000 });
    expect(camera.current.life).toBe(life);
    camera.play({ seconds: 0.4, frameMs: 100, gopMs: 10_000 });
    expect(camera.current.life).not.toBe(life);
  });
});

/** EXT-X-PROGRAM-DATE-TIME of each segment that has one, ms since the epoch. */
function datesIn(window: LiveWindow): number[] {
  const tags = textOf(window).matchAll(/#EXT-X-PROGRAM-DATE-TIME:(.+)/g);
  return [...tags].map(([, time = '']) => Date.parse(time));
}

describe('the dates of a playlist, when the wall clock is set', () => {
  const hourMs = 3_600_000;
  const pattern = { seconds: 6, frameMs: 40, gopMs: 1000 };

  /** Two sessions, and the clock is set in the middle of the first. */
  function playAcross(stepMs: number) {
    const camera = new Camera();
    const { windows, clock } = camera;
    camera.begin(copied);
    camera.play(pattern);
    const before = camera.current;
    clock.step(stepMs);
    camera.play(pattern);
    const withinSession = datesIn(before);
    windows.end();
    clock.pass(2_000);
    camera.begin(copied);
    const beganAtMs = clock.wallMs();
    camera.play({ ...pattern, seconds: 12 });
    return { before, current: camera.current, withinSession, beganAtMs, endedAtMs: clock.wallMs() };
  }

  it.each([-hourMs, hourMs])('go on evenly within a session: %d ms', (stepMs) => {
    const { withinSession } = playAcross(stepMs);
    const steps = withinSession.slice(1).map((atMs, index) => atMs - (withinSession[index] ?? 0));
    for (const step of steps) expect(step).toBeLessThan(1_500);
    expect(Math.min(...steps)).toBeGreaterThan(0);
  });

  it('follow it with the next session when it went forward', () => {
    const { before, current, endedAtMs } = playAcross(hourMs);
    expect(current).toBe(before);
    const dates = datesIn(current);
    expect(endedAtMs - Math.max(...dates)).toBeLessThan(1_500);
    expect(dates).toEqual(dates.toSorted((a, b) => a - b));
  });

  it('never go back in a playlist, and follow it in a new one, when it went back', () => {
    const { before, current, beganAtMs } = playAcross(-hourMs);
    const dates = datesIn(before);
    expect(dates).toEqual(dates.toSorted((a, b) => a - b));
    expect(Math.max(...dates)).toBeGreaterThan(beganAtMs + hourMs);
    expect(current.life).not.toBe(before.life);
    for (const atMs of datesIn(current)) expect(Math.abs(atMs - beganAtMs)).toBeLessThan(13_000);
  });

  it('stay in the playlist when it went back by less than a minute', () => {
    const { before, current } = playAcross(-30_000);
    expect(current).toBe(before);
    const dates = datesIn(current);
    expect(dates).toEqual(dates.toSorted((a, b) => a - b));
  });
});
