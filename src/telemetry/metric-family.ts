import type { HistogramSnapshot } from '../outputs/viewable-camera.ts';

/** What the documentation lists of a metric. */
export interface MetricDoc {
  readonly name: string;
  readonly type: 'gauge' | 'counter' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
}

export type LabelValues = Readonly<Record<string, string>>;

/** One series at the time of the scrape. */
export type Sample =
  | { readonly labels: LabelValues; readonly value: number }
  | { readonly labels: LabelValues; readonly histogram: HistogramSnapshot };

/** A metric and how it is read from the object that owns its numbers. */
export interface MetricFamily<Source> extends MetricDoc {
  read(source: Source): Iterable<Sample>;
}

/** A family without the prefix and with its one value or its values by label. */
type Reading<Source> = (source: Source) => Iterable<Sample>;

const prefix = 'camgate_';

/** A value without labels of its own; undefined, not known at present, makes no series. */
export function single<Source>(read: (source: Source) => number | undefined): Reading<Source> {
  return (source) => {
    const value = read(source);
    return value === undefined ? [] : [{ labels: {}, value }];
  };
}

/** One value for each value of one label. */
export function by<Source>(
  label: string,
  read: (source: Source) => Iterable<readonly [string, number]>,
): Reading<Source> {
  return (source) =>
    Array.from(read(source), ([name, value]) => ({ labels: { [label]: name }, value }));
}

export function histogram<Source>(read: (source: Source) => HistogramSnapshot): Reading<Source> {
  return (source) => [{ labels: {}, histogram: read(source) }];
}

interface FamilyTexts {
  readonly help: string;
  readonly labels?: readonly string[];
}

/** The type follows from the name where Prometheus has a rule for it: counters, and only they, end in `_total`. */
export function family<Source>(
  name: string,
  { help, labels = [] }: FamilyTexts,
  read: Reading<Source>,
): MetricFamily<Source> {
  const type = name.endsWith('_total') ? 'counter' : 'gauge';
  return { name: `${prefix}${name}`, type, help, labels, read };
}

export function histogramFamily<Source>(
  name: string,
  { help, labels = [] }: FamilyTexts,
  read: Reading<Source>,
): MetricFamily<Source> {
  return { name: `${prefix}${name}`, type: 'histogram', help, labels, read };
}
