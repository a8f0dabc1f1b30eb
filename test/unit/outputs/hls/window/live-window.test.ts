import { describe, expect, it } from 'vitest';
import type { Frame } from '../../../../../src/media/frame.ts';
import { writeInitSegment } from '../../../../../src/media/mp4/init-writer.ts';
import type { MediaResource, MemoryMedia } from '../../../../../src/outputs/hls/window/window.ts';
import {
  audioFrame,
  evenFrames,
  frame,
  runWithAudio,
  silentRun,
  sized,
  startMs,
  textsIn,
  timeMsOf,
  WindowRig,
} from '../window-rig.ts';

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
      run: silentRun(),
      frames: evenFrames({ seconds: 1.2, frameMs: 100, gopMs: 1000 }),
    });
    const segment = rig.window.media('1.m4s', never);
    const part = rig.window.media('part-7.m4s', never);
    if (!isMemory(segment)) throw new Error('no segment');
    if (!isMemory(part)) throw new Error('no part');
    expect(textsIn(Buffer.concat(part.chunks))).toEqual(['frame 400', 'frame 500']);
    expect(segment.chunks[2]).toBe(part.chunks[0]);
    expect(segment.chunks).toHaveLength(5);
    expect(segment.byteLength).toBe(Buffer.concat([...segment.chunks]).length);
    expect(rig.window.media('init-0.mp4', never)).toMatchObject({
      byteLength: writeInitSegment(silentRun()).length,
    });
  });

  it('has video before audio in a part, and what comes before a keyframe in the segment of that', () => {
    const rig = new WindowRig();
    const frames = evenFrames({ seconds: 1.2, frameMs: 100, gopMs: 1000 });
    let pts = 0;
    const mixed = frames.flatMap((each) => {
      const before: Frame[] = [];
      for (; pts < timeMsOf(each) * 48; pts += 1024) before.push(audioFrame(pts));
      return [...before, each];
    });
    rig.play({ run: runWithAudio(), frames: mixed });
    const part = rig.window.media('part-10.m4s', never);
    if (!isMemory(part)) throw new Error('no part');
    const audio = Array.from({ length: 9 }, (_, index) => `audio ${(43 + index) * 1024}`);
    expect(textsIn(Buffer.concat(part.chunks))).toEqual(['frame 1000', 'frame 1100', ...audio]);
    expect(rig.text()).toContain('#EXTINF:1.00000,\n1.m4s\n#EXT-X-PROGRAM-DATE-TIME');
  });

  it('stays for its promised time after it left the playlist, and not longer', () => {
    const rig = new WindowRig();
    const seen = {
      run: silentRun(),
      frames: evenFrames({ seconds: 8.2, frameMs: 100, gopMs: 1000 }),
    };
    rig.play(seen, () => {
      if (!rig.window.isEmpty) rig.text();
    });
    expect(rig.text()).toContain('#EXT-X-MEDIA-SEQUENCE:2\n');
    const removedAtMs = startMs + 8000;
    expect(rig.window.media('1.m4s', never)).toBeDefined();
    const frames = evenFrames({ seconds: 20, frameMs: 100, gopMs: 1000 }).slice(82);
    for (const each of frames) {
      rig.nowMs = startMs + timeMsOf(each);
      rig.window.append(each);
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
    rig.begin();
    for (let index = 0; index < 1000; index += 1) {
      rig.window.append(sized(frame(index, index === 0), 500));
      expect(rig.window.byteCount).toBeLessThanOrEqual(20_000);
    }
    expect(rig.text()).not.toContain('MEDIA-SEQUENCE:0');
  });
});

describe('multivariant playlist', () => {
  it('says what was measured and changes only when the stream does', () => {
    const rig = new WindowRig();
    const frames = evenFrames({ seconds: 3.2, frameMs: 40, gopMs: 1000 }).map((each) =>
      sized(each, each.isKeyframe ? 26_000 : 1000),
    );
    rig.play({ run: runWithAudio(), frames });
    // 400 kbit/s of video, the boxes around it, and silence where no audio comes.
    expect(rig.window.multivariantPlaylist().body.toString()).toBe(`#EXTM3U
#EXT-X-VERSION:9
#EXT-X-STREAM-INF:BANDWIDTH=414176,AVERAGE-BANDWIDTH=413227,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=640x360,FRAME-RATE=25.000
hls/life1/live.m3u8
`);
    const before = rig.window.multivariantPlaylist();
    for (let timeMs = 3200; timeMs <= 4000; timeMs += 40) {
      rig.window.append(sized(frame(timeMs), 1100));
    }
    expect(rig.window.multivariantPlaylist()).toBe(before);
    rig.play({ run: silentRun(), frames });
    expect(rig.window.multivariantPlaylist().body.toString()).toContain('CODECS="avc1.64001f",');
    expect(rig.window.multivariantPlaylist().etag).not.toBe(before.etag);
  });
});

describe('counters', () => {
  it('are read from what was published', () => {
    const rig = new WindowRig();
    rig.play({
      run: silentRun(),
      frames: evenFrames({ seconds: 3, frameMs: 100, gopMs: 1000 }),
    });
    rig.window.end();
    expect(rig.window.frameRate).toBeCloseTo(10);
    expect(rig.window.observedGopMs).toBe(1000);
    expect(rig.window.segmentSeconds).toMatchObject({ count: 4, sum: 4 });
    expect(rig.window.partSeconds.count).toBe(20);
    expect(rig.window.partSeconds.cumulativeCounts.at(3)).toBe(20);
    expect(rig.window.run).toMatchObject({ video: { codec: 'h264' }, audio: undefined });
    expect(rig.window.needsNewLife).toBe(false);
  });
});
