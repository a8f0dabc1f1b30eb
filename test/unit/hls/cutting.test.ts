import { describe, expect, it } from 'vitest';
import {
  beginning,
  evenFrames,
  frame,
  initWithSound,
  silentInit,
  WindowRig,
} from './window-rig.ts';

describe('parts and segments', () => {
  it('cuts at the keyframe that follows the first part, and only once before the usual length', () => {
    const rig = new WindowRig();
    rig.play({
      init: silentInit(),
      fragments: evenFrames({ seconds: 2.2, frameMs: 100, gopMs: 200 }),
    });
    const durations = rig.text().match(/#EXTINF:.*/g);
    expect(durations).toEqual(['#EXTINF:0.20000,', '#EXTINF:0.80000,', '#EXTINF:1.00000,']);
    expect(rig.text().match(/part-\d+\.m4s",INDEPENDENT=YES\n/g)).toHaveLength(11);
  });

  it('makes each frame of a slow camera a segment', () => {
    const rig = new WindowRig();
    rig.play({
      init: silentInit(),
      fragments: evenFrames({ seconds: 3, frameMs: 1000, gopMs: 1000 }),
    });
    expect(rig.text().match(/#EXTINF:.*|part-\d.*/g)).toEqual([
      'part-0.m4s",INDEPENDENT=YES',
      '#EXTINF:1.00000,',
      'part-1.m4s",INDEPENDENT=YES',
      '#EXTINF:1.00000,',
      'part-2.m4s",INDEPENDENT=YES',
      'part-3.m4s"',
    ]);
  });

  it('does not take a stretched first frame for the frame interval', () => {
    const rig = new WindowRig();
    // 15 frames per second beside sound that began 87 ms earlier: 154 ms, then 67, 67, 66 …
    const times = [0, 154, 221, 288, 354, 421, 488, 554, 621, 688];
    const fragments = times.map((timeMs, index) =>
      frame(timeMs, (times[index + 1] ?? timeMs + 66) - timeMs, index === 0),
    );
    rig.play({ init: initWithSound(), fragments: fragments.slice(0, 2) });
    expect(rig.window.isEmpty).toBe(true);
    for (const fragment of fragments.slice(2)) rig.window.append(fragment, rig.nowMs);
    expect(rig.text()).toBe(`${beginning}#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.200Z
#EXT-X-PART:DURATION=0.20000,URI="part-1.m4s"
#EXT-X-PART:DURATION=0.20000,URI="part-2.m4s"
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-3.m4s"
`);
    expect(rig.window.multivariantPlaylist().body.toString()).toContain(',FRAME-RATE=15.000\n');
  });

  it('does not take the stretched first frame of a slow camera for the frame interval', () => {
    const rig = new WindowRig();
    const times = [0, 290, 490, 690, 890, 1090, 1290];
    const fragments = times.map((timeMs, index) =>
      frame(timeMs, (times[index + 1] ?? timeMs + 200) - timeMs, index === 0),
    );
    rig.play({ init: initWithSound(), fragments });
    expect(rig.text()).toContain('#EXT-X-PART-INF:PART-TARGET=0.2\n');
  });
});
