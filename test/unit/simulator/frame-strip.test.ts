import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  lowestNumberCell,
  readStrip,
  stripCellCount,
  stripCells,
  stripHeight,
  stripModulus,
  type LumaAt,
} from '../../../src/simulator/streams/frame-strip.ts';

const size = { width: 640, height: 360 };

function painted(cells: readonly boolean[], { width, height } = size): LumaAt {
  return (x, y) => {
    if (y >= stripHeight(height)) return 120;
    return cells[Math.floor((x / width) * stripCellCount)] === true ? 235 : 16;
  };
}

/** fast-check's endless streams never end. */
function next(values: Iterator<number>): number {
  return Number(values.next().value);
}

const frameNumbers = fc.integer({ min: 0, max: stripModulus - 1 });

describe('readStrip', () => {
  it('reads every number at any usual size, with noise and a changed range', () => {
    fc.assert(
      fc.property(
        frameNumbers,
        fc.integer({ min: 128, max: 1920 }),
        fc.infiniteStream(fc.integer({ min: -30, max: 30 })),
        fc.double({ min: 0.6, max: 1.2, noNaN: true }),
        (number, width, noise, gain) => {
          const scaled = { width, height: Math.round((width * 9) / 16) };
          const clean = painted(stripCells(number), scaled);
          const lumaAt: LumaAt = (x, y) => clean(x, y) * gain + next(noise);
          expect(readStrip(lumaAt, scaled.width, scaled.height)).toBe(number);
        },
      ),
    );
  });

  it('refuses a strip with any one cell of number or check changed', () => {
    fc.assert(
      fc.property(frameNumbers, fc.integer({ min: 2, max: stripCellCount - 1 }), (number, cell) => {
        const cells = stripCells(number).map((isWhite, index) => isWhite !== (index === cell));
        expect(readStrip(painted(cells), size.width, size.height)).toBeUndefined();
      }),
    );
  });

  it('refuses pictures without a strip', () => {
    for (const level of [0, 16, 128, 255]) {
      expect(readStrip(() => level, size.width, size.height)).toBeUndefined();
    }
    expect(readStrip((x) => (x / size.width) * 255, size.width, size.height)).toBeUndefined();
    fc.assert(
      fc.property(fc.infiniteStream(fc.integer({ min: 100, max: 160 })), (noise) => {
        expect(readStrip(() => next(noise), 64, 36)).toBeUndefined();
      }),
    );
  });

  it('refuses a cell that is neither black nor white', () => {
    const clean = painted(stripCells(5));
    const middle = (lowestNumberCell + 0.5) / stripCellCount;
    const grey: LumaAt = (x, y) =>
      Math.abs(x / size.width - middle) < 0.5 / stripCellCount ? 126 : clean(x, y);
    expect(readStrip(grey, size.width, size.height)).toBeUndefined();
  });

  it('has a strip for every number and wraps at the modulus', () => {
    expect(stripCells(0)).toHaveLength(stripCellCount);
    expect(stripCells(stripModulus + 7)).toEqual(stripCells(7));
  });
});
