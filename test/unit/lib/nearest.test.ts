import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { damerauLevenshtein, nearest } from '../../../src/lib/nearest.ts';

describe('damerauLevenshtein', () => {
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
    ['ab', 'ba', 1],
    ['profile', 'porfile', 1],
    ['a cat', 'an act', 2],
  ])('%j to %j takes %i edits', (from, to, distance) => {
    expect(damerauLevenshtein(from, to)).toBe(distance);
  });

  it('is symmetric, zero only for equal words, and at most the longer length', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
        const distance = damerauLevenshtein(a, b);
        expect(distance).toBe(damerauLevenshtein(b, a));
        expect(distance === 0).toBe(a === b);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });
});

describe('nearest', () => {
  const options = ['profile', 'port', 'password', 'hue'];

  it.each([
    ['prfile', 'profile'],
    ['PORT', 'port'],
    ['pasword', 'password'],
    ['heu', 'hue'],
  ])('%s meant %s', (word, meant) => {
    expect(nearest(word, options)).toBe(meant);
  });

  it('suggests nothing for a word that is like none', () => {
    expect(nearest('verbose', options)).toBeUndefined();
  });
});
