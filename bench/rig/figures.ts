/** Nearest-rank percentile; `share` is 0 to 1. NaN without values. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

export interface Row {
  readonly figure: string;
  readonly value: number;
  readonly unit: string;
  /** What `value` is compared with, measured in the same minute; undefined where nothing is comparable. */
  readonly baseline: number | undefined;
}

/** One line per figure: the value, the baseline and the ratio of the two. */
export function print(title: string, rows: readonly Row[]): void {
  console.log(`\n${title}`);
  for (const { figure, value, unit, baseline } of rows) {
    const compared =
      baseline === undefined
        ? ''
        : `   baseline ${short(baseline)} ${unit}   ratio ${baseline === 0 ? '-' : (value / baseline).toFixed(2)}`;
    console.log(`  ${figure.padEnd(52)} ${short(value).padStart(9)} ${unit}${compared}`);
  }
}

function short(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(Math.abs(value) < 1 ? 3 : 1);
}
