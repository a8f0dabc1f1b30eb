import { describe, expect, it } from 'vitest';
import {
  beginning,
  beginningWithoutPreroll,
  evenFrames,
  runWithoutSilence,
  silentRun,
  WindowRig,
} from '../window-rig.ts';

const never = new AbortController().signal;
const plain = { msn: undefined, part: undefined, skip: undefined };

describe('media playlist', () => {
  it('is there with the first part, behind a preroll, which is a whole segment for hls.js', () => {
    const rig = new WindowRig();
    expect(rig.window.isEmpty).toBe(true);
    rig.play({
      run: silentRun(),
      frames: evenFrames({ seconds: 0.2, frameMs: 40, gopMs: 1000 }),
    });
    expect(rig.window.isEmpty).toBe(false);
    expect(rig.text()).toBe(`${beginning}#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z
#EXT-X-PART:DURATION=0.20000,URI="part-5.m4s",INDEPENDENT=YES
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-6.m4s"
`);
  });

  it('begins with the first part, which is a whole segment, where no preroll can be made', () => {
    const rig = new WindowRig();
    rig.play({
      run: runWithoutSilence(),
      frames: evenFrames({ seconds: 0.4, frameMs: 40, gopMs: 1000 }),
    });
    expect(rig.text())
      .toBe(`${beginningWithoutPreroll}#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.200Z
#EXT-X-PART:DURATION=0.20000,URI="part-1.m4s"
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-2.m4s"
`);
  });

  it('skips what lies before the Skip Boundary, and only that', () => {
    const rig = new WindowRig({ segmentCount: 15 });
    rig.play({
      run: silentRun(),
      frames: evenFrames({ seconds: 11.2, frameMs: 100, gopMs: 1000 }),
    });
    expect(rig.text({ skip: 'YES' })).toBe(rig.text());
    rig.play({
      run: silentRun(),
      frames: evenFrames({ seconds: 5.4, frameMs: 100, gopMs: 1000 }),
    });
    const delta = rig.text({ skip: 'v2' });
    expect(delta).toBe(rig.text({ skip: 'YES' }));
    expect(delta).toContain(
      '#EXT-X-DISCONTINUITY-SEQUENCE:0\n#EXT-X-SKIP:SKIPPED-SEGMENTS=2\n#EXT-X-PROGRAM-DATE-TIME',
    );
    const tail = delta.slice(delta.indexOf('#EXT-X-PROGRAM-DATE-TIME'));
    expect(rig.text().endsWith(tail)).toBe(true);
  });

  it('is one object for all who ask between two changes', () => {
    const rig = new WindowRig();
    const frames = evenFrames({ seconds: 0.4, frameMs: 40, gopMs: 1000 });
    rig.play({ run: silentRun(), frames });
    expect(rig.window.mediaPlaylist(plain, never)).toBe(rig.window.mediaPlaylist(plain, never));
  });
});
