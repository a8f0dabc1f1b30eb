import { describe, expect, it } from 'vitest';
import type { CameraStatus } from '../../../src/camera/viewable-camera.ts';
import { awayCamera, liveCamera } from '../../browser/gateway/canned-status.ts';
import { pageModule, type PlayerDetailsModule } from './page-modules.ts';

const { playerDetails } = (await pageModule('camera/player-details.js')) as PlayerDetailsModule;

const stats = { engine: 'LL-HLS', latencySeconds: 0.71, targetLatencySeconds: 0.6 };
const wallMs = new Date(2026, 10, 24, 14, 3, 20).getTime();
const live = liveCamera('a', 'A');

function rows(state: string, status: CameraStatus): Record<string, string> {
  const report = { stats, state, reading: { status, readAtMs: 1000 } };
  return Object.fromEntries(playerDetails(report, { wallMs, pageMs: 3000 }));
}

function slate(lastFrameAgeSeconds: number | null): string | undefined {
  return rows('slate', { ...awayCamera('a', 'A'), isSlateShown: true, lastFrameAgeSeconds })[
    'Latency'
  ];
}

describe('what the camera page says of its player', () => {
  it('is how it plays and how far behind', () => {
    expect(rows('playing', live)).toEqual({
      'Played as': 'LL-HLS',
      Latency: '0.7 s, aims at 0.6 s',
    });
  });

  it('is nothing while nothing plays', () => {
    for (const state of ['connecting', 'away', 'paused', 'unreachable']) {
      expect(rows(state, live)).toEqual({ 'Played as': '–', Latency: '–' });
    }
  });

  it('is since when there is no signal while the still picture plays', () => {
    expect(rows('slate', { ...live, isSlateShown: true })['Played as']).toBe('LL-HLS');
    // The answer is 2 s old, and the picture was 6 s old then.
    expect(slate(6)).toMatch(/^still picture: no signal since (0?2:03:12.PM|14:03:12)$/);
    expect(slate(86_400)).toMatch(/no signal since .*23.*0?3:18/);
    expect(slate(null)).toBe('still picture: no signal yet');
    expect(slate(0.2)).toBe('still picture: waiting for a keyframe');
  });
});
