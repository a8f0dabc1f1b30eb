import { describe, expect, it } from 'vitest';
import {
  beginning,
  evenFrames,
  frame,
  runWithAudio,
  runWithoutSilence,
  silentRun,
  WindowRig,
} from '../window-rig.ts';

describe('parts and segments', () => {
  it('cuts at the keyframe that follows a first part that is a segment, and only once before the usual length', () => {
    const rig = new WindowRig();
    rig.play({
      run: runWithoutSilence(),
      frames: evenFrames({ seconds: 2.2, frameMs: 100, gopMs: 200 }),
    });
    const durations = rig.text().match(/#EXTINF:.*/g);
    expect(durations).toEqual(['#EXTINF:0.20000,', '#EXTINF:0.80000,', '#EXTINF:1.00000,']);
    expect(rig.text().match(/part-\d+\.m4s",INDEPENDENT=YES\n/g)).toHaveLength(11);
  });

  it('cuts at the usual length behind a preroll, whatever keyframes come before', () => {
    const rig = new WindowRig();
    rig.play({
      run: silentRun(),
      frames: evenFrames({ seconds: 2.2, frameMs: 100, gopMs: 200 }),
    });
    const durations = rig.text().match(/#EXTINF:.*/g);
    expect(durations).toEqual(['#EXTINF:1.00000,', '#EXTINF:1.00000,', '#EXTINF:1.00000,']);
    expect(rig.text().match(/part-\d+\.m4s",INDEPENDENT=YES\n/g)).toHaveLength(5 + 11);
  });

  it('makes each frame of a slow camera a segment', () => {
    const rig = new WindowRig();
    rig.play({
      run: silentRun(),
      frames: evenFrames({ seconds: 3, frameMs: 1000, gopMs: 1000 }),
    });
    expect(rig.text().match(/#EXTINF:.*|part-\d.*/g)).toEqual([
      // As many parts as TARGETDURATION has room for are the preroll.
      'part-0.m4s",INDEPENDENT=YES',
      'part-1.m4s",INDEPENDENT=YES',
      '#EXTINF:2.00000,',
      'part-2.m4s",INDEPENDENT=YES',
      '#EXTINF:1.00000,',
      'part-3.m4s",INDEPENDENT=YES',
      '#EXTINF:1.00000,',
      'part-4.m4s",INDEPENDENT=YES',
      'part-5.m4s"',
    ]);
  });

  it('does not take a stretched first frame for the frame interval', () => {
    const rig = new WindowRig();
    // 15 frames per second, of which the first lasts 154 ms.
    const times = [0, 154, 221, 288, 354, 421, 488, 554, 621, 688];
    const frames = times.map((timeMs, index) => frame(timeMs, index === 0));
    rig.play({ run: runWithAudio(), frames: frames.slice(0, 2) });
    expect(rig.window.isEmpty).toBe(true);
    for (const each of frames.slice(2)) rig.window.append(each);
    expect(rig.text()).toBe(`${beginning}#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z
#EXT-X-PART:DURATION=0.20000,URI="part-5.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.20000,URI="part-6.m4s"
#EXT-X-PART:DURATION=0.20000,URI="part-7.m4s"
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-8.m4s"
`);
    expect(rig.window.multivariantPlaylist().body.toString()).toContain(',FRAME-RATE=15.000\n');
  });

  it('asks for a new life where a long first interval made parts longer than they need to be', () => {
    const rig = new WindowRig();
    const frames = [0, 290].concat(Array.from({ length: 12 }, (_, index) => 490 + 200 * index));
    const footage = frames.map((timeMs, index) => frame(timeMs, index === 0));
    rig.play({ run: runWithAudio(), frames: footage.slice(0, 4) });
    expect(rig.text()).toContain('#EXT-X-PART-INF:PART-TARGET=0.29\n');
    expect(rig.window.needsNewLife).toBe(false);
    for (const each of footage.slice(4)) rig.window.append(each);
    expect(rig.window.needsNewLife).toBe(true);
  });

  it.each([
    ['333 ms apart', 333, 67, '0.34'],
    ['1 ms apart', 1, 300, '0.2'],
  ])(
    'asks for a new life where the first frames were wrongly %s',
    (_, firstMs, laterMs, target) => {
      const rig = new WindowRig();
      const timeOf = (index: number): number =>
        Math.min(index, 5) * firstMs + Math.max(0, index - 5) * laterMs;
      const frames = Array.from({ length: 24 }, (__, at) => frame(timeOf(at), at === 0));
      rig.play({ run: silentRun(), frames });
      expect(rig.text()).toContain(`#EXT-X-PART-INF:PART-TARGET=${target}\n`);
      expect(rig.window.needsNewLife).toBe(true);
    },
  );

  it('keeps its life when frames come faster later on, as those of a still picture for a slow camera do', () => {
    const rig = new WindowRig();
    rig.play({
      run: silentRun(),
      frames: evenFrames({ seconds: 12, frameMs: 1000, gopMs: 1000 }),
    });
    rig.window.end();
    rig.play({ run: silentRun(), frames: evenFrames({ seconds: 8, frameMs: 200, gopMs: 1000 }) });
    expect(rig.window.needsNewLife).toBe(false);
  });

  it.each([40, 66, 100, 133, 134, 199, 290, 350, 1000])(
    'keeps its life while frames come every %d ms',
    (frameMs) => {
      const rig = new WindowRig();
      rig.play({ run: silentRun(), frames: evenFrames({ seconds: 20, frameMs, gopMs: frameMs }) });
      expect(rig.window.needsNewLife).toBe(false);
    },
  );
});
