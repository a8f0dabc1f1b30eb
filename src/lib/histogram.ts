/** Cumulative histogram as Prometheus shows it; read at scrape. */
export interface HistogramSnapshot {
  /** Upper bounds in ascending order, without +Inf. */
  readonly bounds: readonly number[];
  /** Observations at or below each bound (cumulative), same length. */
  readonly cumulativeCounts: readonly number[];
  readonly count: number;
  readonly sum: number;
}

export class Histogram {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #count = 0;
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = bounds.map(() => 0);
  }

  observe(value: number): void {
    this.#count += 1;
    this.#sum += value;
    const index = this.#bounds.findIndex((bound) => value <= bound);
    if (index >= 0) this.#counts[index] = (this.#counts[index] ?? 0) + 1;
  }

  snapshot(): HistogramSnapshot {
    let total = 0;
    return {
      bounds: this.#bounds,
      cumulativeCounts: this.#counts.map((count) => (total += count)),
      count: this.#count,
      sum: this.#sum,
    };
  }
}

/** The observations of both; both must have the same bounds. */
export function addHistograms(one: HistogramSnapshot, other: HistogramSnapshot): HistogramSnapshot {
  return {
    bounds: one.bounds,
    cumulativeCounts: one.cumulativeCounts.map(
      (count, index) => count + (other.cumulativeCounts[index] ?? 0),
    ),
    count: one.count + other.count,
    sum: one.sum + other.sum,
  };
}
