import { describe, expect, it } from 'vitest';
import {
  beginning,
  evenFrames,
  head,
  prerollOf,
  silentRun,
  startMs,
  WindowRig,
} from '../window-rig.ts';

const never = new AbortController().signal;
const plain = { msn: undefined, part: undefined, skip: undefined };

/** What these take together. */
function byteLengthOf(rig: WindowRig, names: readonly string[]): number {
  return names.reduce((sum, name) => {
    const media = rig.window.media(name, never);
    if (media === undefined || media instanceof Promise) throw new Error(`${name} is missing`);
    return sum + media.byteLength;
  }, 0);
}

describe('a playlist of several sessions', () => {
  it('goes on after a session that ended in the middle of a part', () => {
    const rig = new WindowRig();
    rig.play({
      run: silentRun(),
      frames: evenFrames({ seconds: 1.32, frameMs: 40, gopMs: 1000 }),
    });
    const hinted = rig.window.media('part-11.m4s', never);
    rig.window.end();
    rig.window.end();
    rig.nowMs = startMs + 11_320;
    rig.play({
      run: silentRun(),
      frames: evenFrames({ seconds: 0.4, frameMs: 40, gopMs: 1000 }),
    });
    expect(rig.text()).toBe(`${beginning}#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z
#EXT-X-PART:DURATION=0.20000,URI="part-5.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.20000,URI="part-6.m4s"
#EXT-X-PART:DURATION=0.20000,URI="part-7.m4s"
#EXT-X-PART:DURATION=0.20000,URI="part-8.m4s"
#EXT-X-PART:DURATION=0.20000,URI="part-9.m4s"
#EXTINF:1.00000,
1.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:01.000Z
#EXT-X-PART:DURATION=0.20000,URI="part-10.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.12000,URI="part-11.m4s"
#EXTINF:0.32000,
2.m4s
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="init-1.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:11.320Z
#EXT-X-PART:DURATION=0.20000,URI="part-12.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.20000,URI="part-13.m4s"
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-14.m4s"
`);
    expect(rig.window.discontinuityCount).toBe(1);
    return expect(hinted).resolves.toMatchObject({ contentType: 'video/mp4' });
  });

  it('hints a part that comes true after an outage, when nothing was left to publish', async () => {
    const rig = new WindowRig();
    rig.play({
      run: silentRun(),
      frames: evenFrames({ seconds: 0.4, frameMs: 40, gopMs: 1000 }),
    });
    rig.window.end();
    expect(rig.text()).toContain('TYPE=PART,URI="part-7.m4s"');
    const hinted = rig.window.media('part-7.m4s', never);
    rig.play({
      run: silentRun(),
      frames: evenFrames({ seconds: 0.2, frameMs: 40, gopMs: 1000 }),
    });
    await expect(hinted).resolves.toBe(rig.window.media('part-7.m4s', never));
    expect(rig.window.media('part-9.m4s', never)).toBeUndefined();
  });

  it('counts the discontinuities that leave it', () => {
    const rig = new WindowRig({ segmentCount: 3 });
    for (let count = 0; count < 3; count += 1) {
      rig.play({
        run: silentRun(),
        frames: evenFrames({ seconds: 4, frameMs: 40, gopMs: 1000 }),
      });
    }
    // 12 s came and 6 s (three target durations) stay: the second session lost its first two segments.
    const text = rig.text();
    expect(text).toContain('#EXT-X-MEDIA-SEQUENCE:6\n#EXT-X-DISCONTINUITY-SEQUENCE:1\n');
    expect(text).toContain('#EXT-X-MAP:URI="init-1.mp4"\n');
    expect(text.match(/#EXT-X-DISCONTINUITY\n/g)).toHaveLength(1);
  });

  it('keeps life, numbers and targets when it is cleared', async () => {
    const rig = new WindowRig();
    const frames = evenFrames({ seconds: 2.4, frameMs: 40, gopMs: 1000 });
    rig.play({ run: silentRun(), frames });
    rig.window.end();
    rig.window.clear();
    expect(rig.window.isEmpty).toBe(true);
    expect(rig.window.media('1.m4s', never)).toBeDefined();
    expect(() => rig.window.multivariantPlaylist()).toThrow(/not delivering/);
    const waiting = rig.window.mediaPlaylist(plain, never);
    rig.nowMs += 60_000;
    rig.play({ run: silentRun(), frames: frames.slice(0, 5) });
    const { body } = await waiting;
    expect(rig.window.media('1.m4s', never)).toBeUndefined();
    expect(rig.window.media('init-0.mp4', never)).toBeUndefined();
    const left = ['init-1.mp4', '4.m4s', 'part-22.m4s'];
    expect(rig.window.byteCount).toBe(byteLengthOf(rig, left));
    const preroll = prerollOf({ msn: 4, firstPart: 17, date: '2026-01-01T00:01:01.360Z' });
    expect(body.toString()).toBe(`${head}#EXT-X-MEDIA-SEQUENCE:4
#EXT-X-DISCONTINUITY-SEQUENCE:0
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="init-1.mp4"
${preroll}#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:01:02.360Z
#EXT-X-PART:DURATION=0.20000,URI="part-22.m4s",INDEPENDENT=YES
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-23.m4s"
`);
  });
});
