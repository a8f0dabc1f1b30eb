import { describe, expect, it } from 'vitest';
import type { Fragment } from '../../../src/media/types.ts';
import type { MediaResource, MemoryMedia } from '../../../src/hls/window.ts';
import {
  evenFrames,
  frame,
  initWithSound,
  silentInit,
  sound,
  startMs,
  WindowRig,
} from './window-rig.ts';

const never = new AbortController().signal;
const plain = { msn: undefined, part: undefined, skip: undefined };

function segmentBytes(fragments: readonly Fragment[]): number {
  return fragments.reduce((sum, { bytes }) => sum + bytes.length, 0);
}

function isMemory(
  resource: MediaResource | Promise<MediaResource> | undefined,
): resource is MemoryMedia {
  return resource !== undefined && !(resource instanceof Promise) && resource.kind === 'memory';
}

describe('media playlist', () => {
  it('is there with the first part, which is a whole segment for hls.js', () => {
    const rig = new WindowRig();
    expect(rig.window.isEmpty).toBe(true);
    rig.play({
      init: silentInit(),
      fragments: evenFrames({ seconds: 0.2, frameMs: 40, gopMs: 1000 }),
    });
    expect(rig.window.isEmpty).toBe(false);
    expect(rig.text()).toBe(`#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:2
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=12,HOLD-BACK=6,PART-HOLD-BACK=0.6
#EXT-X-PART-INF:PART-TARGET=0.2
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-DISCONTINUITY-SEQUENCE:0
#EXT-X-MAP:URI="init-0.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z
#EXT-X-PART:DURATION=0.20000,URI="part-0.m4s",INDEPENDENT=YES
#EXTINF:0.20000,
0.m4s
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-1.m4s"
`);
  });

  it('goes on after a session that ended in the middle of a part', () => {
    const rig = new WindowRig();
    rig.play({
      init: silentInit('first'),
      fragments: evenFrames({ seconds: 1.32, frameMs: 40, gopMs: 1000 }),
    });
    const hinted = rig.window.media('part-6.m4s', never);
    rig.window.end();
    rig.window.end();
    rig.nowMs = startMs + 11_320;
    rig.play({
      init: silentInit('second'),
      fragments: evenFrames({ seconds: 0.4, frameMs: 40, gopMs: 1000 }),
    });
    expect(rig.text()).toBe(`#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:2
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=12,HOLD-BACK=6,PART-HOLD-BACK=0.6
#EXT-X-PART-INF:PART-TARGET=0.2
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-DISCONTINUITY-SEQUENCE:0
#EXT-X-MAP:URI="init-0.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z
#EXT-X-PART:DURATION=0.20000,URI="part-0.m4s",INDEPENDENT=YES
#EXTINF:0.20000,
0.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.200Z
#EXT-X-PART:DURATION=0.20000,URI="part-1.m4s"
#EXT-X-PART:DURATION=0.20000,URI="part-2.m4s"
#EXT-X-PART:DURATION=0.20000,URI="part-3.m4s"
#EXT-X-PART:DURATION=0.20000,URI="part-4.m4s"
#EXTINF:0.80000,
1.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:01.000Z
#EXT-X-PART:DURATION=0.20000,URI="part-5.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.12000,URI="part-6.m4s"
#EXTINF:0.32000,
2.m4s
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="init-1.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:11.320Z
#EXT-X-PART:DURATION=0.20000,URI="part-7.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.20000,URI="part-8.m4s"
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-9.m4s"
`);
    expect(rig.window.discontinuityCount).toBe(1);
    return expect(hinted).resolves.toMatchObject({ contentType: 'video/mp4' });
  });

  it('hints a part that comes true after an outage, when nothing was left to publish', async () => {
    const rig = new WindowRig();
    rig.play({
      init: silentInit('first'),
      fragments: evenFrames({ seconds: 0.4, frameMs: 40, gopMs: 1000 }),
    });
    rig.window.end();
    expect(rig.text()).toContain('TYPE=PART,URI="part-2.m4s"');
    const hinted = rig.window.media('part-2.m4s', never);
    rig.play({
      init: silentInit('second'),
      fragments: evenFrames({ seconds: 0.2, frameMs: 40, gopMs: 1000 }),
    });
    await expect(hinted).resolves.toBe(rig.window.media('part-2.m4s', never));
    expect(rig.window.media('part-4.m4s', never)).toBeUndefined();
  });

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
    expect(rig.text()).toBe(`#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:2
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=12,HOLD-BACK=6,PART-HOLD-BACK=0.6
#EXT-X-PART-INF:PART-TARGET=0.2
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-DISCONTINUITY-SEQUENCE:0
#EXT-X-MAP:URI="init-0.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z
#EXT-X-PART:DURATION=0.20000,URI="part-0.m4s",INDEPENDENT=YES
#EXTINF:0.20000,
0.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.200Z
#EXT-X-PART:DURATION=0.20000,URI="part-1.m4s"
#EXT-X-PART:DURATION=0.20000,URI="part-2.m4s"
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-3.m4s"
`);
    expect(rig.window.multivariantPlaylist().body.toString()).toContain(',FRAME-RATE=14.925\n');
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

  it('counts the discontinuities that leave it', () => {
    const rig = new WindowRig({ segmentCount: 3 });
    for (const name of ['a', 'b', 'c']) {
      rig.play({
        init: silentInit(name),
        fragments: evenFrames({ seconds: 4, frameMs: 40, gopMs: 1000 }),
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
    const fragments = evenFrames({ seconds: 2.4, frameMs: 40, gopMs: 1000 });
    rig.play({ init: silentInit('a'), fragments });
    rig.window.end();
    rig.window.clear();
    expect(rig.window.isEmpty).toBe(true);
    expect(rig.window.media('1.m4s', never)).toBeDefined();
    expect(() => rig.window.multivariantPlaylist()).toThrow(/not delivering/);
    const waiting = rig.window.mediaPlaylist(plain, never);
    rig.nowMs += 60_000;
    rig.play({ init: silentInit('b'), fragments: fragments.slice(0, 5) });
    const { body } = await waiting;
    expect(rig.window.media('1.m4s', never)).toBeUndefined();
    expect(rig.window.media('init-0.mp4', never)).toBeUndefined();
    expect(rig.window.byteCount).toBe(
      silentInit('b').bytes.length + segmentBytes(fragments.slice(0, 5)),
    );
    expect(body.toString()).toBe(`#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:2
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=12,HOLD-BACK=6,PART-HOLD-BACK=0.6
#EXT-X-PART-INF:PART-TARGET=0.2
#EXT-X-MEDIA-SEQUENCE:4
#EXT-X-DISCONTINUITY-SEQUENCE:0
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="init-1.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:01:02.360Z
#EXT-X-PART:DURATION=0.20000,URI="part-12.m4s",INDEPENDENT=YES
#EXTINF:0.20000,
4.m4s
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-13.m4s"
`);
  });

  it('skips what lies before the Skip Boundary, and only that', () => {
    const rig = new WindowRig({ segmentCount: 15 });
    rig.play({
      init: silentInit(),
      fragments: evenFrames({ seconds: 12.2, frameMs: 100, gopMs: 1000 }),
    });
    expect(rig.text({ skip: 'YES' })).toBe(rig.text());
    rig.play({
      init: silentInit(),
      fragments: evenFrames({ seconds: 5.4, frameMs: 100, gopMs: 1000 }),
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
    const fragments = evenFrames({ seconds: 0.4, frameMs: 40, gopMs: 1000 });
    rig.play({ init: silentInit(), fragments });
    expect(rig.window.mediaPlaylist(plain, never)).toBe(rig.window.mediaPlaylist(plain, never));
  });
});

describe('media', () => {
  it('shares the memory of parts with their segment', () => {
    const rig = new WindowRig();
    rig.play({
      init: silentInit(),
      fragments: evenFrames({ seconds: 1.2, frameMs: 100, gopMs: 1000 }),
    });
    const segment = rig.window.media('1.m4s', never);
    const part = rig.window.media('part-2.m4s', never);
    if (!isMemory(segment)) throw new Error('no segment');
    if (!isMemory(part)) throw new Error('no part');
    expect(part.chunks.map(String)).toEqual(['frame 400\nframe 500\n']);
    expect(segment.chunks[1]).toBe(part.chunks[0]);
    expect(segment.chunks).toHaveLength(4);
    expect(segment.byteLength).toBe(Buffer.concat([...segment.chunks]).length);
    expect(rig.window.media('init-0.mp4', never)).toMatchObject({
      byteLength: silentInit().bytes.length,
    });
  });

  it('keeps sound in the order of arrival and gives what waits for a keyframe to its segment', () => {
    const rig = new WindowRig();
    const fragments = evenFrames({ seconds: 1.2, frameMs: 100, gopMs: 1000 });
    rig.play({
      init: initWithSound(),
      fragments: [sound(0), ...fragments.slice(0, 10), sound(48_000), ...fragments.slice(10)],
    });
    const part = rig.window.media('part-5.m4s', never);
    if (!isMemory(part)) throw new Error('no part');
    expect(part.chunks.map(String)).toEqual(['sound\nframe 1000\nframe 1100\n']);
    const first = rig.window.media('part-0.m4s', never);
    expect(first).toMatchObject({ byteLength: 'frame 0\nframe 100\n'.length });
  });

  it('stays for its promised time after it left the playlist, and not longer', () => {
    const rig = new WindowRig();
    rig.play({
      init: silentInit(),
      fragments: evenFrames({ seconds: 8.2, frameMs: 100, gopMs: 1000 }),
    });
    expect(rig.text()).toContain('#EXT-X-MEDIA-SEQUENCE:2\n');
    const removedAtMs = startMs + 8000;
    expect(rig.window.media('1.m4s', never)).toBeDefined();
    const fragments = evenFrames({ seconds: 20, frameMs: 100, gopMs: 1000 }).slice(82);
    for (const fragment of fragments) {
      rig.nowMs = startMs + (fragment.runs[0]?.decodeTime ?? 0);
      rig.window.append(fragment, rig.nowMs);
      const promisedMs = removedAtMs + 8000;
      if (rig.nowMs < promisedMs) {
        expect(rig.window.media('1.m4s', never)).toBeDefined();
        expect(rig.window.media('part-1.m4s', never)).toBeDefined();
      }
    }
    expect(rig.window.media('1.m4s', never)).toBeUndefined();
    expect(rig.window.media('part-1.m4s', never)).toBeUndefined();
    expect(rig.window.media('init-0.mp4', never)).toBeDefined();
  });

  it('never takes more than its bytes, whatever the stamps say', () => {
    const rig = new WindowRig({ maxBytes: 20_000 });
    rig.window.begin(silentInit());
    for (let index = 0; index < 1000; index += 1) {
      const fragment = frame(index, 1, index === 0);
      rig.window.append({ ...fragment, bytes: Buffer.alloc(500) }, startMs);
      expect(rig.window.byteCount).toBeLessThanOrEqual(20_000);
    }
    expect(rig.text()).not.toContain('MEDIA-SEQUENCE:0');
  });
});

describe('multivariant playlist', () => {
  it('says what was measured and changes only when the stream does', () => {
    const rig = new WindowRig();
    const fragments = evenFrames({ seconds: 3.2, frameMs: 40, gopMs: 1000 }).map((fragment) => ({
      ...fragment,
      bytes: Buffer.alloc(fragment.runs[0]?.isKeyframe ? 26_000 : 1000),
    }));
    rig.play({ init: initWithSound(), fragments });
    expect(rig.window.multivariantPlaylist().body.toString()).toBe(`#EXTM3U
#EXT-X-VERSION:9
#EXT-X-STREAM-INF:BANDWIDTH=400000,AVERAGE-BANDWIDTH=400000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=640x360,FRAME-RATE=25.000
hls/life1/live.m3u8
`);
    const before = rig.window.multivariantPlaylist();
    for (let timeMs = 3200; timeMs <= 4000; timeMs += 40) {
      rig.window.append({ ...frame(timeMs, 40), bytes: Buffer.alloc(1100) }, rig.nowMs);
    }
    expect(rig.window.multivariantPlaylist()).toBe(before);
    rig.play({ init: silentInit(), fragments });
    expect(rig.window.multivariantPlaylist().body.toString()).toContain('CODECS="avc1.64001f",');
    expect(rig.window.multivariantPlaylist().etag).not.toBe(before.etag);
  });
});

describe('counters', () => {
  it('are read from what was published', () => {
    const rig = new WindowRig();
    rig.play({
      init: silentInit(),
      fragments: evenFrames({ seconds: 3, frameMs: 100, gopMs: 1000 }),
    });
    rig.window.end();
    expect(rig.window.frameRate).toBeCloseTo(10);
    expect(rig.window.observedGopMs).toBe(1000);
    expect(rig.window.segmentSeconds).toMatchObject({ count: 4, sum: 3 });
    expect(rig.window.partSeconds.count).toBe(15);
    expect(rig.window.partSeconds.cumulativeCounts.at(3)).toBe(15);
    expect(rig.window.tracks).toHaveLength(1);
    expect(rig.window.needsNewLife).toBe(false);
  });
});
