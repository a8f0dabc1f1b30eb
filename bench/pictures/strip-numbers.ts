import { readStrip, stripCellCount } from '../../src/simulator/streams/frame-strip.ts';
import type { Sample } from './strip-sampler.ts';

export interface SeenNumber {
  readonly number: number;
  /** When a picture with this number was first seen, ms since the epoch. */
  readonly seenAt: number;
}

/** The frame numbers that a sampled picture showed, each once when it appeared. */
export function numbersSeen(samples: readonly Sample[]): SeenNumber[] {
  const seen: SeenNumber[] = [];
  const cell = 10;
  for (const { seenAt, levels } of samples) {
    const level = (x: number): number => levels[Math.floor(x / cell)] ?? 0;
    const number = readStrip(level, stripCellCount * cell, stripCellCount * cell);
    if (number !== undefined && number !== seen.at(-1)?.number) seen.push({ number, seenAt });
  }
  return seen;
}
