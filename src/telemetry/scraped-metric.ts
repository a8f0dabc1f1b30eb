import type { Metric, Registry } from 'prom-client';
import type { HistogramSnapshot } from '../outputs/viewable-camera.ts';
import type { LabelValues, MetricDoc, Sample } from './metric-family.ts';

interface RenderedValue {
  readonly labels: LabelValues;
  readonly value: number;
  readonly metricName?: string;
}

/**
 * A metric whose samples are read when it is rendered. prom-client's own classes keep the numbers themselves, which
 * would be a second copy of what the cameras count, and cannot take a finished histogram at all; its registry renders
 * any object with a name and `get()`.
 */
class ScrapedMetric {
  readonly name: string;
  readonly #doc: MetricDoc;
  readonly #read: () => Iterable<Sample>;

  constructor(doc: MetricDoc, read: () => Iterable<Sample>) {
    this.name = doc.name;
    this.#doc = doc;
    this.#read = read;
  }

  get(): Promise<object> {
    const { name, help, type } = this.#doc;
    const values = [...this.#read()].flatMap((sample) => renderSample(name, sample));
    return Promise.resolve({ name, help, type, aggregator: 'sum', values });
  }
}

/** Adds a metric to prom-client's registry, whose type knows only prom-client's own classes. */
export function registerScraped(
  registry: Registry,
  doc: MetricDoc,
  read: () => Iterable<Sample>,
): void {
  registry.registerMetric(new ScrapedMetric(doc, read) as unknown as Metric);
}

function renderSample(name: string, sample: Sample): RenderedValue[] {
  if ('histogram' in sample) return renderHistogram(name, sample.labels, sample.histogram);
  return [{ labels: sample.labels, value: sample.value }];
}

function renderHistogram(
  name: string,
  labels: LabelValues,
  { bounds, cumulativeCounts, count, sum }: HistogramSnapshot,
): RenderedValue[] {
  const bucket = (le: string, value: number): RenderedValue => ({
    metricName: `${name}_bucket`,
    labels: { ...labels, le },
    value,
  });
  return [
    ...bounds.map((bound, index) => bucket(String(bound), cumulativeCounts[index] ?? 0)),
    bucket('+Inf', count),
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
