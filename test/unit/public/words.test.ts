import { describe, expect, it } from 'vitest';
import {
  awayCamera,
  connectingCamera,
  liveCamera,
  lockedCamera,
  staleCamera,
} from '../../browser/gateway/canned-status.ts';
import {
  pageModule,
  type CameraStatusModule,
  type DurationModule,
  type WordsModule,
} from './page-modules.ts';

const { describePlayer } = (await pageModule('player/view/words.js')) as WordsModule;
const { stateWords } = (await pageModule('lib/camera-status.js')) as CameraStatusModule;
const { formatDuration } = (await pageModule('lib/duration.js')) as DurationModule;

const at = (seconds: number): number => 50_000 + seconds * 1000;
const readAtMs = at(0);

describe('durations', () => {
  it.each([
    [0, '0 s'],
    [0.2, '1 s'],
    [59, '59 s'],
    [60, '1 min'],
    [160, '2 min 40 s'],
    [11_100, '3 h 5 min'],
    [187_200, '2 d 4 h'],
  ])('%d s is "%s"', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });
});

describe('the state in words', () => {
  it('ticks on between two answers of the gateway', () => {
    const locked = { status: lockedCamera('a', 'A'), readAtMs };
    expect(stateWords(locked, at(0))).toBe('offline: wrong password, next try in 2 min 40 s');
    expect(stateWords(locked, at(100))).toBe('offline: wrong password, next try in 1 min');
    expect(stateWords(locked, at(161))).toBe('offline: wrong password, trying again');
    const stale = { status: staleCamera('a', 'A'), readAtMs };
    expect(stateWords(stale, at(0))).toBe('stale for 12 s');
    expect(stateWords(stale, at(3))).toBe('stale for 15 s');
  });

  it("is otherwise the gateway's own", () => {
    expect(stateWords({ status: liveCamera('a', 'A'), readAtMs }, at(9))).toBe('live');
    expect(stateWords({ status: connectingCamera('a', 'A'), readAtMs }, at(9))).toBe('connecting');
  });
});

describe('what the player says', () => {
  const facts = {
    phase: 'starting',
    hasPlayed: false,
    latencySeconds: null,
    isShifted: false,
    reading: { status: liveCamera('a', 'A'), readAtMs },
    api: 'ok',
    isOnline: true,
    nowMs: readAtMs,
  };
  const away = { status: awayCamera('a', 'A'), readAtMs };
  const slated = (status: typeof away.status): typeof away => {
    return { status: { ...status, isSlateShown: true }, readAtMs };
  };

  it.each([
    [{}, 'connecting', 'connecting…'],
    [{ phase: 'playing', latencySeconds: 0.68 }, 'playing', 'live 0.7 s'],
    [{ phase: 'playing' }, 'playing', 'live'],
    [{ phase: 'playing', latencySeconds: 12.2, isShifted: true }, 'playing', '12 s behind live'],
    [
      { phase: 'playing', latencySeconds: 125, isShifted: true },
      'playing',
      '2 min 5 s behind live',
    ],
    [
      { phase: 'playing', latencySeconds: 0.68, reading: slated(away.status) },
      'slate',
      'offline: no answer, next try in 4 s',
    ],
    [{ phase: 'playing', reading: slated(liveCamera('a', 'A')) }, 'slate', 'no picture'],
    [{ phase: 'playing', reading: slated(connectingCamera('a', 'A')) }, 'slate', 'connecting'],
    [{ phase: 'buffering', hasPlayed: true }, 'buffering', 'buffering'],
    [{ phase: 'recovering', hasPlayed: true }, 'reconnecting', 'reconnecting…'],
    [{ phase: 'recovering' }, 'connecting', 'connecting…'],
    [{ phase: 'paused' }, 'paused', 'paused'],
    [{ phase: 'blocked' }, 'blocked', 'press play to start'],
    [{ reading: away }, 'away', 'offline: no answer, next try in 4 s'],
    [
      { reading: away, phase: 'buffering', hasPlayed: true },
      'away',
      'the camera went away: no answer, next try in 4 s',
    ],
    [{ api: 'unreachable' }, 'unreachable', 'gateway not reachable, trying again'],
    [{ api: 'no-answer' }, 'connecting', 'no answer yet'],
    [{ isOnline: false }, 'no-network', 'this device is offline, waiting for the network'],
    [{ api: 'unknown-camera' }, 'unknown', 'there is no camera with this name'],
  ])('%o', (change, state, words) => {
    expect(describePlayer({ ...facts, ...change })).toEqual({ state, words });
  });

  it('believes its own eyes: what moves is live, whatever the last answer said', () => {
    const seen = describePlayer({ ...facts, phase: 'playing', reading: away, api: 'unreachable' });
    expect(seen.state).toBe('playing');
  });
});
