import { afterEach, describe, expect, it, vi } from 'vitest';
import { CamgateError } from '../../../../../src/lib/errors.ts';
import { evenFrames, silentRun, WindowRig } from '../window-rig.ts';

const never = new AbortController().signal;
const frames = evenFrames({ seconds: 10, frameMs: 100, gopMs: 1000 });

/** A window whose segments 0 to 2 are complete (the first is the preroll) and whose segment 3 has two parts. */
function rigAtSegment3(): WindowRig {
  const rig = new WindowRig();
  rig.play({ run: silentRun(), frames: frames.slice(0, 24) });
  return rig;
}

function ask(rig: WindowRig, msn?: string, part?: string, signal = never) {
  return rig.window.mediaPlaylist({ msn, part, skip: undefined }, signal);
}

/** Whether it is not settled yet. */
async function isHeld(answer: unknown): Promise<boolean> {
  const unsettled = Symbol();
  return (await Promise.race([answer, Promise.resolve(unsettled)])) === unsettled;
}

function feed(rig: WindowRig, from: number, to: number): void {
  for (const frame of frames.slice(from, to)) rig.window.append(frame);
}

function codeOf(ask: () => unknown): string {
  try {
    ask();
  } catch (error) {
    return (error as CamgateError).code;
  }
  return 'none';
}

afterEach(() => {
  vi.useRealTimers();
});

describe('blocking reload (rfc8216bis 6.2.5.2)', () => {
  it.each([
    ['the newest part', '3', '1'],
    ['an old part', '2', '0'],
    ['a complete segment', '2', undefined],
    ['a part after the last of a complete segment', '2', '5'],
    ['a part after the last of the preroll', '0', '5'],
    ['a segment that left the playlist long ago', '0', '0'],
  ])('answers at once: %s', (_name, msn, part) => {
    expect(ask(rigAtSegment3(), msn, part)).not.toBeInstanceOf(Promise);
  });

  it.each([
    ['part without segment', undefined, '0'],
    ['no number', 'x', undefined],
    ['a negative number', '-1', undefined],
    ['no number as part', '3', '1.5'],
    ['an empty part', '3', ''],
    ['more than two segments after the last complete one', '5', undefined],
    ['more parts ahead than the Advance Part Limit of 15', '3', '17'],
    ['the same in the next segment', '4', '15'],
  ])('refuses: %s', (_name, msn, part) => {
    const rig = rigAtSegment3();
    expect(codeOf(() => ask(rig, msn, part))).toBe('query-invalid');
  });

  it('gives all who wait for one part the same text, when that part exists and not before', async () => {
    const rig = rigAtSegment3();
    const waits = [1, 2, 3].map(async () => ask(rig, '3', '2'));
    feed(rig, 24, 25);
    expect(await Promise.all(waits.map(isHeld))).toEqual([true, true, true]);
    feed(rig, 25, 26);
    const answers = await Promise.all(waits);
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]?.body.toString()).toContain('part-17.m4s"\n#EXT-X-PRELOAD');
  });

  it('waits for the whole segment when no part is named', async () => {
    const rig = rigAtSegment3();
    const answer = ask(rig, '3');
    feed(rig, 24, 30);
    expect(await isHeld(answer)).toBe(true);
    feed(rig, 30, 31);
    expect((await answer).body.toString()).toContain('\n3.m4s\n');
  });

  it('takes a part after the last of a segment for the first of the next', async () => {
    const rig = rigAtSegment3();
    const answer = ask(rig, '3', '5');
    feed(rig, 24, 31);
    expect(await isHeld(answer)).toBe(true);
    feed(rig, 31, 32);
    expect((await answer).body.toString()).toContain('part-20.m4s",INDEPENDENT=YES');
  });

  it('forgets a request that is aborted', async () => {
    const rig = rigAtSegment3();
    const controller = new AbortController();
    const answer = ask(rig, '3', '2', controller.signal);
    const hinted = rig.window.media('part-17.m4s', controller.signal);
    expect(await Promise.all([answer, hinted].map(isHeld))).toEqual([true, true]);
    controller.abort(new Error('gone'));
    await expect(answer).rejects.toThrow('gone');
    await expect(hinted).rejects.toThrow('gone');
    await expect(ask(rig, '3', '2', controller.signal)).rejects.toThrow('gone');
  });

  it('holds nobody longer than three target durations, with one timer for all', async () => {
    vi.useFakeTimers();
    const rig = rigAtSegment3();
    const outcomes: string[] = [];
    const watch = (name: string, wait: unknown): Promise<unknown> =>
      Promise.resolve(wait).catch((error: unknown) =>
        outcomes.push(`${name} ${(error as CamgateError).code}`),
      );
    const first = watch('first', ask(rig, '3', '2'));
    await vi.advanceTimersByTimeAsync(1000);
    const second = watch('second', rig.window.media('part-17.m4s', never));
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(4990);
    expect(outcomes).toEqual([]);
    await vi.advanceTimersByTimeAsync(20);
    await first;
    expect(outcomes).toEqual(['first playlist-timeout']);
    await vi.advanceTimersByTimeAsync(1000);
    await second;
    expect(outcomes).toEqual(['first playlist-timeout', 'second playlist-timeout']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends all waits when the window is disposed', async () => {
    const rig = rigAtSegment3();
    const answer = ask(rig, '3', '2');
    rig.window.dispose();
    await expect(answer).rejects.toMatchObject({ code: 'shutting-down' });
    expect(codeOf(() => ask(rig))).toBe('shutting-down');
    expect(rig.window.media('part-17.m4s', never)).toBeUndefined();
    expect(rig.window.byteCount).toBe(0);
  });

  it('has one key for all that wait for the same', () => {
    const rig = rigAtSegment3();
    const key = (msn?: string, part?: string, skip?: string): string =>
      rig.window.playlistKey({ msn, part, skip });
    expect(key('03', '02')).toBe(key('3', '2'));
    expect(key('3', '2', 'v2')).toBe(key('3', '2', 'YES'));
    expect(key('3', '2', 'no')).toBe(key('3', '2'));
    // However far behind the last part of a whole segment: the first of the next is meant.
    const first = ['5', '6', '999999'].map((part) => key('2', part));
    expect(new Set(first)).toEqual(new Set([key('3', '0')]));
    const all = [
      key(),
      key('3'),
      key('3', '2'),
      key('3', '3'),
      key('4', '2'),
      key('3', '2', 'YES'),
    ];
    expect(new Set(all).size).toBe(all.length);
    expect(codeOf(() => key('x'))).toBe('query-invalid');
  });

  it('waits for the first part of an empty window', async () => {
    const rig = new WindowRig();
    const answer = ask(rig);
    const hinted = rig.window.media('part-0.m4s', never);
    rig.play({ run: silentRun(), frames: frames.slice(0, 3) });
    expect((await answer).body.toString()).toContain('part-0.m4s');
    await expect(hinted).resolves.toBeDefined();
  });
});
