/**
 * The candidate that a mistyped word most likely meant, or undefined when none is close. Case does not count.
 * Close means at most a third of the word's letters wrong (at least one may be).
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = damerauLevenshtein(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/**
 * Fewest insertions, deletions, substitutions and swaps of neighbours that turn `from` into `to`, no letter edited
 * twice (the "optimal string alignment" form of Damerau-Levenshtein).
 */
export function damerauLevenshtein(from: string, to: string): number {
  const width = to.length + 1;
  const cost = new Uint16Array((from.length + 1) * width);
  const at = (row: number, column: number): number => cost[row * width + column] ?? 0;
  for (let row = 0; row <= from.length; row++) {
    for (let column = 0; column < width; column++) {
      let least = row === 0 ? column : at(row - 1, column) + 1;
      if (row > 0 && column > 0) {
        const isSame = from[row - 1] === to[column - 1];
        least = Math.min(
          least,
          at(row, column - 1) + 1,
          at(row - 1, column - 1) + (isSame ? 0 : 1),
        );
        const isSwap = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
        if (row > 1 && column > 1 && isSwap) least = Math.min(least, at(row - 2, column - 2) + 1);
      } else if (row > 0) {
        least = row;
      }
      cost[row * width + column] = least;
    }
  }
  return at(from.length, to.length);
}
