import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawSlate, gridFor } from '../../../../src/camera/slate/slate-picture.ts';

const words = {
  name: 'BACK YARD',
  signal: 'no signal since 14:03:12',
  reason: 'wrong password, next try at 14:06:20',
};

/** Rows of the picture in which anything is drawn, as [first, last] of each run. */
function inkedRows(pixels: Buffer, width: number, height: number): [number, number][] {
  const ground = pixels[0];
  const runs: [number, number][] = [];
  for (let row = 0; row < height; row++) {
    if (pixels.subarray(row * width, (row + 1) * width).every((luma) => luma === ground)) continue;
    const run = runs.at(-1);
    if (run?.[1] === row - 1) run[1] = row;
    else runs.push([row, row]);
  }
  return runs;
}

describe('the slate', () => {
  it.each([
    [1920, 1080, 320, 180],
    [1280, 720, 320, 180],
    [640, 480, 320, 240],
    [704, 576, 352, 288],
    [160, 120, 160, 120],
    [720, 1280, 360, 640],
  ])('of %i x %i is drawn on a grid of %i x %i', (width, height, gridWidth, gridHeight) => {
    expect(gridFor({ width, height })).toEqual({ width: gridWidth, height: gridHeight });
  });

  it('has a bar and one line for each of name, signal and the two lines of a long reason', () => {
    const runs = inkedRows(drawSlate(words, { width: 320, height: 180 }), 320, 180);
    expect(runs.map(([first, last]) => last - first + 1)).toEqual([4, 21, 14, 14, 14]);
  });

  it('keeps clear of the edges and in the middle', () => {
    const [width, height] = [320, 180];
    const pixels = drawSlate(words, { width, height });
    const runs = inkedRows(pixels, width, height);
    const [top, bottom] = [runs[0]?.[0] ?? 0, height - 1 - (runs.at(-1)?.[1] ?? 0)];
    expect(Math.abs(top - bottom)).toBeLessThanOrEqual(4);
    for (let row = 0; row < height; row++) {
      const line = pixels.subarray(row * width, (row + 1) * width);
      expect(line.subarray(0, 8).every((luma) => luma === pixels[0])).toBe(true);
      expect(line.subarray(-8).every((luma) => luma === pixels[0])).toBe(true);
    }
  });

  it('changes with its words', () => {
    const grid = { width: 320, height: 180 };
    expect(drawSlate(words, grid).equals(drawSlate(words, grid))).toBe(true);
    expect(drawSlate(words, grid).equals(drawSlate({ ...words, reason: 'closed' }, grid))).toBe(
      false,
    );
  });

  it('fits any size and any text', () => {
    const even = fc.integer({ min: 1, max: 1100 }).map((half) => 2 * half);
    const text = fc.string({ maxLength: 100 });
    fc.assert(
      fc.property(even, even, text, (width, height, name) => {
        const grid = gridFor({ width, height });
        expect((grid.width % 2) + (grid.height % 2)).toBe(0);
        expect(drawSlate({ ...words, name }, grid)).toHaveLength(
          (grid.width * grid.height * 3) / 2,
        );
      }),
      { numRuns: 50 },
    );
  });
});
