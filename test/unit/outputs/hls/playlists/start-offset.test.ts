import { describe, expect, it } from 'vitest';
import { evenFrames, silentRun, WindowRig } from '../window-rig.ts';

interface Said {
  readonly offset: number | undefined;
  readonly isBetweenSegments: boolean;
}

/** What newcomers are told with every frame, from 3 s on. */
function offsetsOf(gopMs: number): Said[] {
  const rig = new WindowRig();
  const said: Said[] = [];
  const startedMs = rig.nowMs;
  const frames = evenFrames({ seconds: 9, frameMs: 40, gopMs });
  rig.play({ run: silentRun(), frames }, () => {
    if (rig.nowMs - startedMs < 3000) return;
    const text = rig.window.multivariantPlaylist().body.toString();
    const offset = /^#EXT-X-START:TIME-OFFSET=([\d.]+)/m.exec(text)?.[1];
    said.push({
      offset: offset === undefined ? undefined : Number(offset),
      isBetweenSegments: /\.m4s\n#EXT-X-PRELOAD-HINT/.test(rig.text()),
    });
  });
  return said;
}

describe('where newcomers begin', () => {
  it('is the keyframe of a GOP beyond TARGETDURATION, also between two segments', () => {
    const said = offsetsOf(10_000);
    expect(said.filter(({ isBetweenSegments }) => isBetweenSegments).length).toBeGreaterThan(2);
    expect(new Set(said.map(({ offset }) => offset))).toEqual(new Set([1]));
  });

  it('is left to the player where each segment has a keyframe', () => {
    const said = offsetsOf(1000);
    expect(said.length).toBeGreaterThan(100);
    expect(new Set(said.map(({ offset }) => offset))).toEqual(new Set([undefined]));
  });
});
