import { describe, expect, it } from 'vitest';
import { DeviceStream } from '../../../src/simulator/streams/device-stream.ts';
import type { LoopSpec } from '../../../src/simulator/streams/loop-encoder.ts';
import type { LoopLibrary } from '../../../src/simulator/streams/loop-library.ts';
import { resolveSettings } from '../../../src/simulator/settings.ts';

const camera = { profile: 'classic', ffmpegPath: 'ffmpeg' } as const;

/** Distances of the first 200 frames at 10 fps, in milliseconds. */
async function distances(jitterMs: number): Promise<number[]> {
  const spec: LoopSpec = {
    ...{ codec: 'h264', width: 64, height: 64, fps: 10, gopFrames: 10, frameCount: 10 },
    ...{ bitrateKbps: undefined, title: '', hue: 0 },
  };
  const frames = Array.from({ length: 10 }, () => ({ bytes: Buffer.alloc(1), isKeyframe: true }));
  const library = { load: () => Promise.resolve({ spec, frames }) };
  const stream = await DeviceStream.load(library as unknown as LoopLibrary, spec, jitterMs);
  return Array.from({ length: 200 }, (_, index) => stream.timeOf(index + 1) - stream.timeOf(index));
}

describe('jitter', () => {
  it('is off when nothing is said', async () => {
    expect(resolveSettings(camera).jitterMs).toBe(0);
    for (const distance of await distances(0)) expect(distance).toBeCloseTo(100, 6);
  });

  it('moves frames, keeps their order and their number', async () => {
    const found = await distances(45);
    expect(Math.min(...found)).toBeGreaterThan(0);
    expect(Math.min(...found)).toBeLessThan(60);
    expect(Math.max(...found)).toBeGreaterThan(140);
    const mean = found.reduce((sum, distance) => sum + distance, 0) / found.length;
    expect(Math.abs(mean - 100)).toBeLessThan(1);
  });

  it.each([50, -1, Number.NaN])('cannot be %d ms at 10 fps', (jitterMs) => {
    expect(() => resolveSettings({ ...camera, fps: 10, jitterMs })).toThrow(
      expect.objectContaining({ code: 'usage' }),
    );
  });
});
