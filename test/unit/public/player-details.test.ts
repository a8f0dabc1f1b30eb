import { describe, expect, it } from 'vitest';
import { pageModule, type PlayerDetailsModule } from './page-modules.ts';

const { playerDetails } = (await pageModule('camera/player-details.js')) as PlayerDetailsModule;

const stats = { engine: 'LL-HLS', latencySeconds: 0.71, targetLatencySeconds: 0.6 };
const wallMs = new Date(2026, 10, 24, 14, 3, 20).getTime();

function rows(state: string, lastFrameAgeMs: number | null = 100): Record<string, string> {
  return Object.fromEntries(playerDetails({ stats, state, lastFrameAgeMs, wallMs }));
}

describe('what the camera page says of its player', () => {
  it('is how it plays and how far behind', () => {
    expect(rows('playing')).toEqual({ 'Played as': 'LL-HLS', Latency: '0.7 s, aims at 0.6 s' });
  });

  it('is nothing while nothing plays', () => {
    for (const state of ['connecting', 'away', 'paused', 'unreachable']) {
      expect(rows(state)).toEqual({ 'Played as': '–', Latency: '–' });
    }
  });

  it('is since when there is no signal while the still picture plays', () => {
    expect(rows('slate')['Played as']).toBe('LL-HLS');
    expect(rows('slate', 8000)['Latency']).toMatch(
      /^still picture: no signal since (0?2:03:12.PM|14:03:12)$/,
    );
    expect(rows('slate', 86_400_000)['Latency']).toMatch(/no signal since .*23.*:03:20/);
    expect(rows('slate', null)['Latency']).toBe('still picture: no signal');
    expect(rows('slate')['Latency']).toBe('still picture: waiting for a keyframe');
  });
});
