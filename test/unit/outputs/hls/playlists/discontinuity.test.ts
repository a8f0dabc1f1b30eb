import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readMediaPlaylist } from '../../../../conformance/playlists/m3u8.ts';
import { allSegments } from '../../../../conformance/playlists/playlist-rules.ts';
import { Watcher } from '../watcher.ts';
import { evenFrames, frame, runWithoutSilence, silentRun, WindowRig } from '../window-rig.ts';

const never = new AbortController().signal;
const tag = '#EXT-X-DISCONTINUITY\n';

function footage(seconds: number) {
  const frames = evenFrames({ seconds, frameMs: 40, gopMs: 1000 });
  return { run: silentRun(), frames };
}

function tagCount(text: string): number {
  return text.split(tag).length - 1;
}

/** From the last EXTINF on. */
function tail(text: string): string {
  return text.slice(text.lastIndexOf('.m4s\n') + '.m4s\n'.length);
}

/** A window whose first session has ended after part 11. */
function rigAfterSession(): WindowRig {
  const rig = new WindowRig();
  rig.play(footage(1.32));
  rig.window.end();
  return rig;
}

describe('the discontinuity behind a session', () => {
  it('is listed before the hint as soon as the last segment has ended, and gets its map with its part', () => {
    const rig = rigAfterSession();
    expect(tail(rig.text())).toBe(`${tag}#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-12.m4s"\n`);
    expect(rig.window.discontinuityCount).toBe(1);
    rig.play(footage(0.2));
    expect(tail(rig.text())).toBe(`${tag}#EXT-X-MAP:URI="init-1.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:01.320Z
#EXT-X-PART:DURATION=0.20000,URI="part-12.m4s",INDEPENDENT=YES
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-13.m4s"
`);
    expect(rig.window.discontinuityCount).toBe(1);
  });

  it('is told at once to who waits for the last part, and later to who waits for the next', async () => {
    const rig = new WindowRig();
    rig.play(footage(1.32));
    const ask = (msn: string, part: string) =>
      rig.window.mediaPlaylist({ msn, part, skip: undefined }, never);
    const [last, next] = [ask('2', '1'), ask('3', '0')];
    rig.window.end();
    expect(tail((await last).body.toString())).toMatch(/^#EXT-X-DISCONTINUITY\n#EXT-X-PRELOAD/);
    rig.play(footage(0.2));
    expect(tagCount((await next).body.toString())).toBe(1);
  });

  it('is not there before anything was published', () => {
    const rig = new WindowRig();
    rig.window.end();
    rig.play({ run: silentRun(), frames: [] });
    rig.window.end();
    rig.play(footage(0.2));
    expect(tagCount(rig.text())).toBe(0);
    expect(rig.window.discontinuityCount).toBe(0);
  });

  it.each([
    ['the session ends twice', (rig: WindowRig) => rig.window.end()],
    ['a redial fails', (rig: WindowRig) => rig.play({ run: silentRun(), frames: [] })],
    [
      'a redial fails before its first keyframe',
      (rig: WindowRig) => rig.play({ run: silentRun(), frames: [frame(0), frame(40)] }),
    ],
    [
      'a still picture begins and ends before its first part',
      (rig: WindowRig) => {
        rig.begin();
        rig.window.end();
        rig.begin();
        rig.window.end();
      },
    ],
  ])('stays as it is when %s', async (_name, happen) => {
    const rig = rigAfterSession();
    const before = rig.window.mediaPlaylist(
      { msn: undefined, part: undefined, skip: undefined },
      never,
    );
    happen(rig);
    rig.window.end();
    expect(rig.text()).toBe((await before).body.toString());
    rig.play(footage(0.2));
    expect(tagCount(rig.text())).toBe(1);
    expect(rig.window.discontinuityCount).toBe(1);
  });

  it('is there once before the still picture and once before the camera', () => {
    const rig = rigAfterSession();
    rig.play(footage(0.4));
    rig.window.end();
    expect(tagCount(rig.text())).toBe(2);
    rig.window.end();
    rig.play(footage(0.2));
    const { segments, open } = readMediaPlaylist(rig.text());
    const marks = [...segments, open].map((segment) => segment?.discontinuityTagCount);
    expect(marks).toEqual([0, 0, 0, 1, 1]);
    expect([...segments, open].map((segment) => segment?.map)).toEqual(
      [0, 0, 0, 1, 2].map((number) => `init-${number}.mp4`),
    );
  });

  it('stands behind the segment before a leap of the stamps', () => {
    const rig = new WindowRig();
    const frames = evenFrames({ seconds: 1.32, frameMs: 40, gopMs: 1000 });
    // Without a keyframe nothing can follow yet.
    rig.play({ run: silentRun(), frames: [...frames, frame(60_000)] });
    expect(tail(rig.text())).toMatch(/^#EXT-X-DISCONTINUITY\n#EXT-X-PRELOAD/);
    rig.window.append(frame(60_040, true));
    rig.window.end();
    expect(
      readMediaPlaylist(rig.text()).segments.map(({ discontinuity }) => discontinuity),
    ).toEqual([false, false, false, true]);
    expect(tagCount(rig.text())).toBe(2);
  });

  it('is in a delta update as in the whole playlist', () => {
    const rig = new WindowRig({ segmentCount: 20 });
    rig.play(footage(17.2));
    rig.window.end();
    const delta = rig.text({ skip: 'YES' });
    expect(delta).toContain('#EXT-X-SKIP');
    expect(tail(delta)).toBe(tail(rig.text()));
    expect(tagCount(delta)).toBe(1);
    rig.play(footage(0.2));
    expect(tail(rig.text({ skip: 'YES' }))).toBe(tail(rig.text()));
  });

  it('counts in EXT-X-DISCONTINUITY-SEQUENCE when its segment leaves, and only then', () => {
    const rig = new WindowRig({ segmentCount: 3 });
    const numbers = new Set<string>();
    const note = (): void => {
      if (rig.window.isEmpty) return;
      const playlist = readMediaPlaylist(rig.text());
      numbers.add(`${playlist.discontinuitySequence ?? ''}+${tagCount(rig.text())}`);
    };
    for (let count = 0; count < 3; count += 1) {
      rig.play(footage(4), note);
      rig.window.end();
      rig.window.end();
      note();
    }
    expect([...numbers]).toEqual(['0+0', '0+1', '0+2', '1+1', '1+2']);
  });

  it('survives a window that is emptied', () => {
    const rig = rigAfterSession();
    rig.window.clear();
    rig.play(footage(0.2));
    expect(rig.text()).toContain(
      `#EXT-X-DISCONTINUITY-SEQUENCE:0\n${tag}#EXT-X-MAP:URI="init-1.mp4"\n`,
    );
    expect(tagCount(rig.text())).toBe(1);
  });
});

describe('the discontinuity behind a run that ends at any frame', () => {
  it.each([
    ['whose segments a keyframe ends', { run: silentRun(), gopMs: 1000, seconds: 2.4 }, {}],
    ['whose segments their length ends', { run: silentRun(), gopMs: 20_000, seconds: 6 }, {}],
    [
      'whose segments all begin with a keyframe, and a GOP is too long',
      { run: silentRun(), gopMs: 3_200, seconds: 7 },
      { hasIndependentSegments: true },
    ],
    ['without a preroll', { run: runWithoutSilence(), gopMs: 1000, seconds: 1.4 }, {}],
  ])('%s: no segment changes its discontinuity number', (_name, stretch, options) => {
    const frames = evenFrames({ ...stretch, frameMs: 40 });
    for (let count = 1; count <= frames.length; count += 1) {
      const rig = new WindowRig(options);
      const watcher = new Watcher(rig, 0.04);
      rig.play({ run: stretch.run, frames: frames.slice(0, count) }, () => watcher.look());
      rig.window.end();
      watcher.look();
      rig.play({ run: stretch.run, frames: frames.slice(0, 10) }, () => watcher.look());
      expect(changedNumbers(watcher.texts), `after frame ${count}`).toEqual([]);
      expect(watcher.violations).toEqual([]);
    }
  });
});

/** What becomes of a playlist: sessions that begin, go on, leap and end. */
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('frames'), count: fc.nat({ max: 90 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leap'), count: fc.nat({ max: 90 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('begin'), count: fc.nat({ max: 60 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('end'), count: fc.constant(0) }) },
);

/**
 * Discontinuity Sequence Number by media sequence number, the segment that the hint begins included: hls.js 1.6 gives
 * up where one changes.
 */
function numbersOf(text: string): Map<number, number> {
  const playlist = readMediaPlaylist(text);
  const numbers = new Map<number, number>();
  let number = playlist.discontinuitySequence ?? 0;
  let next = playlist.mediaSequence;
  for (const { msn, discontinuityTagCount } of allSegments(playlist)) {
    number += discontinuityTagCount;
    numbers.set(msn, number);
    next = msn + 1;
  }
  if (!playlist.open) numbers.set(next, number + playlist.trailingDiscontinuityTagCount);
  return numbers;
}

/** Media sequence numbers of segments whose Discontinuity Sequence Number changes from one text to another. */
function changedNumbers(texts: readonly string[]): number[] {
  const known = new Map<number, number>();
  const changed: number[] = [];
  for (const [msn, number] of texts.flatMap((text) => [...numbersOf(text)])) {
    if ((known.get(msn) ?? number) !== number) changed.push(msn);
    known.set(msn, number);
  }
  return changed;
}

describe('a playlist of any sessions', () => {
  it('is only ever appended to, and no segment changes its discontinuity number', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const rig = new WindowRig();
        const watcher = new Watcher(rig, 0.04);
        let timeMs = 0;
        let count = 0;
        const append = (frameCount: number): void => {
          for (let index = 0; index < frameCount; index += 1) {
            rig.window.append(frame(timeMs, count % 25 === 0));
            timeMs += 40;
            rig.nowMs += 40;
            count += 1;
            watcher.look();
          }
        };
        const begin = (): void => {
          count = 0;
          rig.begin();
          watcher.look();
        };
        begin();
        // Before so many frames the targets may not fit and nothing promises anything.
        append(80);
        for (const { kind, count: frameCount } of steps) {
          if (kind === 'leap') timeMs += 60_000;
          else if (kind === 'begin') begin();
          else if (kind === 'end') rig.window.end();
          watcher.look();
          append(frameCount);
        }
        expect(watcher.violations).toEqual([]);
        expect(changedNumbers(watcher.texts)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});
