import * as HLS from 'hls-parser';
import { Parser } from 'm3u8-parser';
import { beforeAll, describe, expect, it } from 'vitest';
import { readMediaPlaylist } from '../../../../conformance/playlists/m3u8.ts';
import { applyDelta } from '../../../../conformance/playlists/delta.ts';
import { allParts, checkPlaylist } from '../../../../conformance/playlists/playlist-rules.ts';
import { checkTransition } from '../../../../conformance/playlists/transition-rules.ts';
import type { Violation } from '../../../../conformance/violations.ts';
import { ffmpegPaths, makeFootage } from '../ffmpeg-fragments.ts';
import { Watcher } from '../watcher.ts';
import { evenFrames, frame, silentRun, timeMsOf, WindowRig, type Footage } from '../window-rig.ts';

// It complains of parts before the last three segments; the rule speaks of three target durations (6.2.2).
HLS.setOptions({ silent: true });

const frameRates = [24, 15, 10, 5, 1];
const gops = [0.5, 1, 2, 4];

function watch(
  footages: readonly Footage[],
  options: { frameSeconds: number; rig?: WindowRig },
): Watcher {
  const rig = options.rig ?? new WindowRig();
  const watcher = new Watcher(rig, options.frameSeconds);
  for (const footage of footages) {
    rig.play(footage, () => watcher.look());
    rig.window.end();
    watcher.look();
    rig.nowMs += 10_000;
  }
  return watcher;
}

const everyPair = frameRates.flatMap((frameRate) => gops.map((gop) => [frameRate, gop] as const));

describe.each([
  ['system', ffmpegPaths.system, everyPair],
  ['bundled', ffmpegPaths.bundled, frameRates.map((frameRate) => [frameRate, 1] as const)],
])('frames of the %s ffmpeg', (_name, ffmpegPath, pairs) => {
  it.each(pairs)('at %d frames per second with a GOP of %d s', async (frameRate, gopSeconds) => {
    const hasAudio = gopSeconds === 1 || gopSeconds === 4;
    const footage = await makeFootage({
      ffmpegPath,
      frameRate,
      gopSeconds,
      seconds: 10,
      hasAudio,
    });
    const watcher = watch([footage, footage], { frameSeconds: 1.02 / frameRate });
    expect(watcher.violations).toEqual([]);
    expect(watcher.texts.length).toBeGreaterThan(9);
    for (const text of [watcher.texts[0], watcher.texts.at(-1)]) {
      expectOthersToRead(text ?? '');
    }
  });
});

/** Independent readers agree on what the text says. */
function expectOthersToRead(text: string): void {
  const own = readMediaPlaylist(text);
  const theirs = HLS.parse(text) as HLS.types.MediaPlaylist;
  expect(theirs.targetDuration).toBe(own.targetDuration);
  expect(theirs.partTargetDuration).toBe(own.partTarget);
  const parts = theirs.segments.flatMap((segment) => segment.parts.filter(({ hint }) => !hint));
  expect(parts.map(({ uri }) => uri)).toEqual(allParts(own).map(({ uri }) => uri));
  const other = new Parser();
  other.push(text);
  other.end();
  const { segments, preloadSegment } = other.manifest;
  expect(segments.map(({ uri }) => uri)).toEqual(own.segments.map(({ uri }) => uri));
  expect(segments.map(({ map }) => map?.uri)).toEqual(own.segments.map(({ map }) => map));
  expect(preloadSegment.preloadHints[0]?.uri).toBe(own.preloadHints[0]?.uri);
}

describe('irregular frame times', () => {
  it.each([
    ['shaking by a third of a frame', 67, 22],
    ['shaking by half a frame', 100, 50],
    ['slow and shaking', 400, 150],
  ])('%s', (_name, frameMs, shakeMs) => {
    const frames = [];
    let timeMs = 0;
    for (let index = 0; index < 400; index += 1) {
      const shake = ((index * 7919) % 13) / 6.5 - 1;
      const durationMs = Math.round(frameMs + shake * shakeMs);
      frames.push(frame(timeMs, index % Math.round(1000 / frameMs) === 0));
      timeMs += durationMs;
    }
    const watcher = watch([{ run: silentRun(), frames }], { frameSeconds: 0.001 });
    expect(watcher.violations).toEqual([]);
  });

  it('bridges a hiccup with parts that add up', () => {
    const frames = evenFrames({ seconds: 6, frameMs: 100, gopMs: 1000 }).filter(
      (each) => timeMsOf(each) < 2200 || timeMsOf(each) >= 2900,
    );
    const watcher = watch([{ run: silentRun(), frames }], { frameSeconds: 0.001 });
    expect(watcher.violations).toEqual([]);
    const last = readMediaPlaylist(watcher.texts.at(-1) ?? '');
    expect(last.segments.some(({ discontinuity }) => discontinuity)).toBe(false);
    expect(last.segments.reduce((sum, { duration }) => sum + duration, 0)).toBeCloseTo(1 + 6);
  });

  it.each([
    ['a hole of 5 s', 5000],
    ['a step back', -1500],
  ])('begins a discontinuity at the keyframe after %s', (_name, jumpMs) => {
    const frames = evenFrames({ seconds: 8, frameMs: 100, gopMs: 1000 }).map((each) => {
      const timeMs = timeMsOf(each);
      return timeMs < 3500 ? each : frame(timeMs + jumpMs, timeMs % 1000 === 0);
    });
    const watcher = watch([{ run: silentRun(), frames }], { frameSeconds: 0.001 });
    expect(watcher.violations).toEqual([]);
    const last = readMediaPlaylist(watcher.texts.at(-1) ?? '');
    expect(last.segments.map(({ discontinuity }) => discontinuity)).toEqual(
      [false, false, false, false, false, true, false, false, false].slice(last.mediaSequence),
    );
    expect(last.segments.every(({ parts }) => parts[0]?.independent !== false)).toBe(true);
  });
});

describe('a GOP that does not fit TARGETDURATION', () => {
  it('is cut in time and asks for a new life that fits', () => {
    const frames = evenFrames({ seconds: 24, frameMs: 100, gopMs: 5000 });
    const rig = new WindowRig();
    const watcher = watch([{ run: silentRun(), frames }], { frameSeconds: 0.001, rig });
    expect(watcher.violations).toEqual([]);
    expect(rig.window.needsNewLife).toBe(true);
    expect(rig.window.observedGopMs).toBe(5000);

    const next = new WindowRig({ knownGopMs: rig.window.observedGopMs });
    const other = watch([{ run: silentRun(), frames }], { frameSeconds: 0.001, rig: next });
    expect(other.violations).toEqual([]);
    expect(next.window.needsNewLife).toBe(false);
    const last = readMediaPlaylist(other.texts.at(-1) ?? '');
    expect(last.targetDuration).toBe(5);
    expect(last.segments.every(({ duration }) => duration <= 5)).toBe(true);
  });

  it('asks for a new life when frames become longer than parts', () => {
    const quick = evenFrames({ seconds: 3, frameMs: 100, gopMs: 1000 });
    const slow = evenFrames({ seconds: 30, frameMs: 1000, gopMs: 2000 });
    const rig = new WindowRig();
    const watcher = watch(
      [
        { run: silentRun(), frames: quick },
        { run: silentRun(), frames: slow },
      ],
      { frameSeconds: 1.001, rig },
    );
    expect(watcher.violations).toEqual([]);
    expect(rig.window.needsNewLife).toBe(true);
  });
});

describe('the rules', () => {
  let texts: readonly string[] = [];
  beforeAll(() => {
    const frames = evenFrames({ seconds: 9.2, frameMs: 40, gopMs: 1000 });
    const footage = { run: silentRun(), frames };
    texts = watch([footage, footage], { frameSeconds: 0.04 }).texts;
  });

  it.each([
    ['part-target', 'DURATION=0.20000', 'DURATION=0.30000'],
    ['part-85-percent', 'DURATION=0.20000,URI="part-57', 'DURATION=0.10000,URI="part-57'],
    ['parts-add-up', 'part-60.m4s"\n#EXTINF:1.0', 'part-60.m4s"\n#EXTINF:1.1'],
    ['extinf', '#EXTINF:1.00000', '#EXTINF:2.60000'],
    ['program-date-time', '00:00:20.160Z', '00:00:20.260Z'],
    ['program-date-time', /#EXT-X-PROGRAM-DATE-TIME:.*\n/, ''],
    ['map', '#EXT-X-MAP:URI="init-0.mp4"\n', ''],
    ['map-per-discontinuity', '#EXT-X-MAP:URI="init-1.mp4"\n', ''],
    ['tags-before-parts', /(#EXT-X-PROGRAM.*\n)(#EXT-X-PART.*\n)/, '$2$1'],
    ['preload-hint', /#EXT-X-PRELOAD-HINT.*\n/, ''],
    ['preload-hint', /(TYPE=PART,URI=").*"/, '$1part-60.m4s"'],
    ['part-hold-back', 'PART-HOLD-BACK=0.6', 'PART-HOLD-BACK=0.5'],
    ['hold-back', ',HOLD-BACK=6', ',HOLD-BACK=4'],
    ['can-skip-until', 'CAN-SKIP-UNTIL=12', 'CAN-SKIP-UNTIL=10'],
    ['can-block-reload', 'CAN-BLOCK-RELOAD=YES,', ''],
    ['part-inf', /#EXT-X-PART-INF.*\n/, ''],
    ['version', 'VERSION:9', 'VERSION:3'],
    ['extm3u', '#EXTM3U', '#EXTM3'],
    ['target-duration', 'TARGETDURATION:2', 'TARGETDURATION:2.5'],
    ['discontinuity-sequence', /#EXT-X-DISCONTINUITY-SEQ.*\n/, ''],
    ['unique-uri', '12.m4s', '11.m4s'],
    [
      'discontinuity-once',
      '#EXT-X-DISCONTINUITY\n',
      '#EXT-X-DISCONTINUITY\n#EXT-X-DISCONTINUITY\n',
    ],
  ])('catch a seeded fault of one playlist: %s', (rule, search, replacement) => {
    const text = texts.findLast(
      (candidate) => candidate.includes('init-0') && candidate.includes('init-1'),
    );
    const faulty = (text ?? '').replace(search, replacement);
    expect(faulty).not.toBe(text);
    expect(rulesOf(checkPlaylist(readMediaPlaylist(faulty), { frameSeconds: 0.04 }))).toContain(
      rule,
    );
  });

  it('catch parts that are listed for too long', () => {
    const rig = new WindowRig({ segmentCount: 10 });
    const frames = evenFrames({ seconds: 10.2, frameMs: 40, gopMs: 1000 });
    rig.play({ run: silentRun(), frames });
    const faulty = rig
      .text()
      .replace('#EXTINF', '#EXT-X-PART:DURATION=0.20000,URI="old.m4s"\n#EXTINF');
    expect(rulesOf(checkPlaylist(readMediaPlaylist(faulty), { frameSeconds: 1 }))).toEqual([
      'part-age',
    ]);
  });

  it.each([
    ['constant-target-duration', 'TARGETDURATION:2', 'TARGETDURATION:3'],
    ['constant-part-target', 'PART-TARGET=0.2', 'PART-TARGET=0.3'],
    ['constant-server-control', 'HOLD-BACK=6', 'HOLD-BACK=7'],
    ['media-sequence-grows', /MEDIA-SEQUENCE:\d+/, 'MEDIA-SEQUENCE:0'],
    ['immutable-segment', 'EXTINF:1.00000', 'EXTINF:1.00001'],
    ['immutable-part', 'URI="part-75.m4s"', 'URI="part-x.m4s"'],
    ['discontinuity-sequence', /DISCONTINUITY-SEQUENCE:\d/, 'DISCONTINUITY-SEQUENCE:7'],
    ['preload-hint-true', 'URI="part-87.m4s"', 'URI="part-x.m4s"'],
  ])('catch a seeded fault of a transition: %s', (rule, search, replacement) => {
    const at = texts.findIndex((text) => text.includes('"part-87.m4s"\n#EXT-X-PRELOAD'));
    const previous = readMediaPlaylist(texts[at - 1] ?? '');
    const text = texts[at] ?? '';
    expect(checkTransition(previous, readMediaPlaylist(text))).toEqual([]);
    const faulty = text.replace(search, replacement);
    expect(faulty).not.toBe(text);
    expect(rulesOf(checkTransition(previous, readMediaPlaylist(faulty)))).toContain(rule);
  });

  it('catch a discontinuity that is written twice, or withdrawn', () => {
    const at = texts.findIndex((text) => text.includes('DISCONTINUITY\n#EXT-X-PRELOAD'));
    const [text = '', nextText = ''] = texts.slice(at);
    const tag = '#EXT-X-DISCONTINUITY\n';
    const twice = readMediaPlaylist(text.replace(tag, tag + tag));
    expect(rulesOf(checkPlaylist(twice, { frameSeconds: 0.04 }))).toEqual(['discontinuity-once']);
    const previous = readMediaPlaylist(text);
    for (const faulty of [text, nextText]) {
      const next = readMediaPlaylist(faulty.replace(tag, ''));
      expect(rulesOf(checkTransition(previous, next))).toEqual(['discontinuity-stays']);
    }
  });

  it('catch a playlist that is cut too short', () => {
    const [previous, next] = [texts[20], texts.at(-1)].map((text) => readMediaPlaylist(text ?? ''));
    if (!previous || !next) throw new Error('too few texts');
    const faulty = {
      ...next,
      segments: next.segments.slice(-5),
      mediaSequence: next.mediaSequence + 2,
    };
    expect(rulesOf(checkTransition(previous, faulty))).toContain('shortest-playlist');
  });

  it('catch a delta that skips too much', () => {
    const playlist = readMediaPlaylist(texts.at(-1) ?? '');
    const delta = { ...playlist, skippedCount: 2, segments: playlist.segments.slice(2) };
    expect(rulesOf(applyDelta(playlist, delta).violations)).toEqual(['skip-boundary']);
  });
});

function rulesOf(violations: readonly Violation[]): string[] {
  return violations.map(({ rule }) => rule);
}
