import { describe, expect, it } from 'vitest';
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

function isMemory(
  resource: MediaResource | Promise<MediaResource> | undefined,
): resource is MemoryMedia {
  return resource !== undefined && !(resource instanceof Promise) && resource.kind === 'memory';
}

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
