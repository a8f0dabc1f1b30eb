import { describe, expect, it } from 'vitest';
import {
  drawableName,
  slateWords as wordsOf,
  type SignalFacts,
} from '../../../../src/camera/slate/slate-words.ts';
import { failureReasons, type FailureReason } from '../../../../src/lib/reasons.ts';
import { hasGlyphs } from '../../../../src/media/drawing/bitmap-font.ts';

const local = (hours: number, minutes: number, seconds: number, day = 23): number =>
  new Date(2026, 10, day, hours, minutes, seconds).getTime();

const nowMs = local(14, 3, 20);
/** Here the monotonic clock shows what the wall clock does. */
const clock = { wallMs: () => nowMs, wallOf: (monotonicMs: number) => monotonicMs };
const slateWords = (name: string, facts: SignalFacts) => wordsOf(name, facts, clock);
const facts = (changes: Partial<SignalFacts>): SignalFacts => ({
  state: { name: 'live', sinceMs: 0, openedAtMs: 0, attempt: 0 },
  lastFrameAtMs: local(14, 3, 12),
  isWaitingForKeyframe: false,
  ...changes,
});
const failed = (reason: FailureReason, retryInMs: number): SignalFacts['state'] => ({
  name: 'refused',
  sinceMs: nowMs,
  attempt: 1,
  failure: { reason, message: 'for the log only' },
  retryAtMs: nowMs + retryInMs,
  notBeforeMs: nowMs,
});

describe('words of the slate', () => {
  it('say since when, in local time, with the day if it was another one', () => {
    expect(slateWords('YARD', facts({})).signal).toBe('no signal since 14:03:12');
    expect(slateWords('YARD', facts({ lastFrameAtMs: local(23, 59, 58, 22) })).signal).toBe(
      'no signal since 2026-11-22 23:59:58',
    );
    expect(slateWords('YARD', facts({ lastFrameAtMs: undefined })).signal).toBe('no signal yet');
  });

  it.each([
    ['no frames received', {}],
    ['waiting for a keyframe', { isWaitingForKeyframe: true }],
    ['wrong password, next try at 14:06:20', { state: failed('wrong-password', 180_000) }],
    ['not reachable', { state: failed('unreachable', 600) }],
    [
      'connecting',
      { state: { name: 'connecting', sinceMs: 0, attempt: 0, lastFailure: undefined } },
    ],
    [
      'no answer',
      {
        state: {
          name: 'connecting',
          sinceMs: 0,
          attempt: 1,
          lastFailure: { reason: 'timeout', message: '' },
        },
      },
    ],
  ] satisfies [string, Partial<SignalFacts>][])('%s', (words, changes) => {
    expect(slateWords('YARD', facts(changes)).reason).toBe(words);
  });

  it('can all be drawn', () => {
    for (const reason of Object.keys(failureReasons) as FailureReason[]) {
      const words = slateWords('YARD', facts({ state: failed(reason, 180_000) }));
      expect([words.signal, words.reason].filter((text) => !hasGlyphs(text))).toEqual([]);
    }
  });
});

describe('name on the slate', () => {
  it.each([
    ['Back yard', 'BACK YARD'],
    ['Café “Öst”, Straße №2', 'CAFE "OST", STRASSE NO2'],
    ['Parkplatz – Süd', 'PARKPLATZ - SUD'],
    ['前門', 'CAM-1'],
    ['Ворота', 'CAM-1'],
    ['Yard 🎥', 'CAM-1'],
  ])('%s', (name, drawn) => {
    expect(drawableName(name, 'cam-1')).toBe(drawn);
  });
});
