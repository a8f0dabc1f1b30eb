/**
 * The strip of black and white blocks along the top of every simulated frame, from which a program reads the
 * frame's number, so that latency can be measured from pixels.
 *
 *   cell    0      1      2 ........ 11      12 .. 15
 *          white  black   number, MSB first   CRC-4 of the number
 *
 * 16 cells over the whole width. The first two are the reference levels: the reader needs no absolute luma and works in
 * full and limited range, after scaling and after lossy coding.
 */
export const stripCellCount = 16;
const numberBitCount = 10;
const checkBitCount = 4;
const firstNumberCell = 2;

/** Frame numbers are 0 to stripModulus - 1; a loop is shorter than that, so a number names one frame of the loop. */
export const stripModulus = 1 << numberBitCount;

/**
 * Height of the strip in pixels, even because chroma is subsampled; also right for a scaled frame, within a pixel.
 */
export function stripHeight(pictureHeight: number): number {
  return 2 * Math.round(pictureHeight / 24);
}

/** The 16 cells from left to right, true is white. */
export function stripCells(frameNumber: number): boolean[] {
  const number = frameNumber % stripModulus;
  const word = (number << checkBitCount) | crc4(number);
  const cells = [true, false];
  for (let bit = numberBitCount + checkBitCount - 1; bit >= 0; bit--) {
    cells.push(((word >> bit) & 1) === 1);
  }
  return cells;
}

/** Luma of the frame at a pixel, in any linear scale (0 to 255 usually). */
export type LumaAt = (x: number, y: number) => number;

/** The frame's number, or undefined when it carries no readable strip. */
export function readStrip(lumaAt: LumaAt, width: number, height: number): number | undefined {
  const levels = Array.from({ length: stripCellCount }, (_, cell) =>
    cellLevel(lumaAt, cell, { width, height }),
  );
  const [white = 0, black = 0, ...rest] = levels;
  const contrast = white - black;
  // Coded white and black are 219 apart; half of that is far beyond what any usable quality loses.
  if (!(contrast > 90)) return undefined;
  let word = 0;
  for (const level of rest) {
    const share = (level - black) / contrast;
    if (share > 0.35 && share < 0.65) return undefined;
    word = (word << 1) | (share >= 0.5 ? 1 : 0);
  }
  const number = word >> checkBitCount;
  return crc4(number) === (word & ((1 << checkBitCount) - 1)) ? number : undefined;
}

/** Mean of nine samples from the middle of a cell, away from edges that coding and scaling blur. */
function cellLevel(lumaAt: LumaAt, cell: number, size: { width: number; height: number }): number {
  const cellWidth = size.width / stripCellCount;
  const cellHeight = stripHeight(size.height);
  let sum = 0;
  for (const dx of [0.35, 0.5, 0.65]) {
    for (const dy of [0.3, 0.5, 0.7]) {
      sum += lumaAt(Math.floor((cell + dx) * cellWidth), Math.floor(dy * cellHeight));
    }
  }
  return sum / 9;
}

/** CRC with x^4 + x + 1, start value 1010 so that an all black strip is no number. */
function crc4(number: number): number {
  let crc = 0b1010;
  for (let bit = numberBitCount - 1; bit >= 0; bit--) {
    const feedback = ((crc >> 3) ^ (number >> bit)) & 1;
    crc = ((crc << 1) & 0b1111) ^ (feedback === 1 ? 0b0011 : 0);
  }
  return crc;
}

/** Index of the strip's cell that holds the lowest bit of the number, for tests that damage strips. */
export const lowestNumberCell = firstNumberCell + numberBitCount - 1;
