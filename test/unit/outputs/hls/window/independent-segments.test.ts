import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readMediaPlaylist, type ReadPlaylist } from '../../../../conformance/playlists/m3u8.ts';
import { checkPlaylist } from '../../../../conformance/playlists/playlist-rules.ts';
import { checkTransition } from '../../../../conformance/playlists/transition-rules.ts';
import type { Rendition } from '../../../../../src/outputs/hls/window/window.ts';
import { makeFootage } from '../ffmpeg-fragments.ts';
import { evenFrames, frame, silentRun, sized, WindowRig } from '../window-rig.ts';

const tag = '#EXT-X-INDEPENDENT-SEGMENTS\n';
const signal = new AbortController().signal;

/** Rules that speak of keyframes; with any distance of frames others may be broken. */
function brokenRules(playlist: ReadPlaylist, previous: ReadPlaylist | undefined): string[] {
  const violations = checkPlaylist(playlist, { frameSeconds: 1 });
  if (previous !== undefined) violations.push(...checkTransition(previous, playlist));
  return violations.map(({ rule }) => rule).filter((rule) => rule.includes('independent'));
}

describe('EXT-X-INDEPENDENT-SEGMENTS', () => {
  it('stands in every playlist of a life, or in none', async () => {
    const footage = await makeFootage({
      frameRate: 10,
      gopSeconds: 1,
      seconds: 8,
      hasAudio: true,
    });
    for (const hasIndependentSegments of [true, false]) {
      const rig = new WindowRig({ hasIndependentSegments });
      const has = new Set<boolean>();
      rig.play(footage, () => {
        if (!rig.window.isEmpty) has.add(rig.text().includes(tag));
      });
      has.add(rig.text({ skip: 'YES' }).includes(tag));
      for (const rendition of ['live', 'classic', 'ts'] satisfies Rendition[]) {
        has.add(rig.window.multivariantPlaylist(rendition).body.toString().includes(tag));
        if (rendition === 'live') continue;
        const answer = rig.window.classicPlaylist(rendition, signal);
        if (answer instanceof Promise) throw new Error('not there yet');
        has.add(answer.body.toString().includes(tag));
      }
      expect([...has]).toEqual([hasIndependentSegments]);
    }
  }, 30_000);

  it('holds from the first part on, after a clear too', () => {
    const rig = new WindowRig({ hasIndependentSegments: true });
    const frames = evenFrames({ seconds: 6.4, frameMs: 40, gopMs: 1000 });
    rig.begin();
    for (const [index, frame] of frames.entries()) {
      if (index === 85) rig.window.clear();
      rig.window.append(frame);
      if (rig.window.isEmpty) continue;
      expect(brokenRules(readMediaPlaylist(rig.text()), undefined)).toEqual([]);
    }
    expect(rig.text().match(/#EXTINF/g)).toHaveLength(3);
  });

  it('costs the pictures behind a segment that is full, and asks for a life that fits', () => {
    const rig = new WindowRig({ hasIndependentSegments: true, knownGopMs: 1000 });
    rig.play({
      run: silentRun(),
      frames: evenFrames({ seconds: 16, frameMs: 100, gopMs: 5000 }),
    });
    const { segments } = readMediaPlaylist(rig.text());
    expect(segments.map(({ duration }) => Math.round(duration))).toEqual([1, 2, 2, 2]);
    expect(segments.slice(2).every(({ discontinuity }) => discontinuity)).toBe(true);
    expect(rig.window.needsNewLife).toBe(true);
    expect(rig.window.observedGopMs).toBe(5000);
  });

  it('is true whatever the camera sends', () => {
    const arrival = fc.record({
      stepMs: fc.oneof(fc.integer({ min: 1, max: 400 }), fc.integer({ min: -3000, max: 9000 })),
      isKeyframe: fc.boolean(),
      byteLength: fc.integer({ min: 50, max: 30_000 }),
    });
    fc.assert(
      fc.property(fc.array(arrival, { minLength: 30, maxLength: 200 }), (arrivals) => {
        const rig = new WindowRig({ hasIndependentSegments: true, maxBytes: 200_000 });
        rig.begin();
        let timeMs = 100_000;
        let previous: ReadPlaylist | undefined;
        for (const { stepMs, isKeyframe, byteLength } of arrivals) {
          timeMs = Math.max(0, timeMs + stepMs);
          rig.nowMs += Math.max(0, stepMs);
          rig.window.append(sized(frame(timeMs, isKeyframe), byteLength));
          if (rig.window.isEmpty) continue;
          const playlist = readMediaPlaylist(rig.text());
          expect(brokenRules(playlist, previous)).toEqual([]);
          previous = playlist;
        }
      }),
      { numRuns: 150 },
    );
  });

  it('is missed by the rules where it is not true, and when it comes or goes', () => {
    const rig = new WindowRig();
    rig.play({
      run: silentRun(),
      frames: evenFrames({ seconds: 7, frameMs: 100, gopMs: 5000 }),
    });
    const text = rig.text();
    const [plain, tagged] = [text, text.replace('#EXT-X-TARGET', `${tag}#EXT-X-TARGET`)].map(
      readMediaPlaylist,
    );
    if (plain === undefined || tagged === undefined) throw new Error('no playlists');
    expect(brokenRules(plain, plain)).toEqual([]);
    expect(brokenRules(tagged, tagged)).toContain('independent-segments');
    expect(brokenRules(plain, tagged)).toEqual(['constant-independent-segments']);
    expect(brokenRules(tagged, plain)).toContain('constant-independent-segments');
  });
});
