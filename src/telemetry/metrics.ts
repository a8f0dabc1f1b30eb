import { Registry } from 'prom-client';
import type { CameraCounters, CameraRegistry } from '../outputs/viewable-camera.ts';
import { hlsMetrics, viewerMetrics } from './delivery-metrics.ts';
import { ffmpegMetrics } from './ffmpeg-metrics.ts';
import type { MetricDoc, MetricFamily, Sample } from './metric-family.ts';
import {
  buildMetrics,
  httpMetrics,
  registerProcessMetrics,
  type BuildInfo,
  type HttpStats,
} from './process-metrics.ts';
import { registerScraped } from './scraped-metric.ts';
import { upstreamMetrics } from './upstream-metrics.ts';

export interface MetricsOptions {
  readonly registry: CameraRegistry;
  readonly buildInfo: BuildInfo;
  readonly http: HttpStats;
}

export interface Metrics {
  readonly contentType: string;
  /** The text of a scrape. */
  render(): Promise<string>;
}

/** Every family that is read from a camera; they have the label `camera` before their own. */
const cameraMetrics: readonly MetricFamily<CameraCounters>[] = [
  ...upstreamMetrics,
  ...viewerMetrics,
  ...ffmpegMetrics,
  ...hlsMetrics,
].map((family) => ({ ...family, labels: ['camera', ...family.labels] }));

/** All metrics of camgate itself, for the documentation and the test that keeps it true. */
export const metricDocs: readonly MetricDoc[] = [
  ...cameraMetrics,
  ...httpMetrics,
  ...buildMetrics,
].map(({ name, type, help, labels }) => ({ name, type, help, labels }));

/** A registry of its own; all values are read at the scrape from the objects that own them. */
export function createMetrics({ registry: cameras, buildInfo, http }: MetricsOptions): Metrics {
  const registry = new Registry();
  let readings: CameraReading[] = [];
  for (const family of cameraMetrics) {
    registerScraped(registry, family, () => readCameras(family, readings));
  }
  for (const family of httpMetrics) registerScraped(registry, family, () => family.read(http));
  for (const family of buildMetrics)
    registerScraped(registry, family, () => family.read(buildInfo));
  registerProcessMetrics(registry);
  return {
    contentType: registry.contentType,
    render: () => {
      // Counted once for all families, so that they tell of one moment; some counts cost a look into /proc.
      readings = cameras.cameras.map((camera) => ({ id: camera.id, counters: camera.counters() }));
      return registry.metrics();
    },
  };
}

interface CameraReading {
  readonly id: string;
  readonly counters: CameraCounters;
}

function readCameras(
  family: MetricFamily<CameraCounters>,
  readings: readonly CameraReading[],
): Sample[] {
  return readings.flatMap(({ id, counters }) =>
    Array.from(family.read(counters), (sample) => ({
      ...sample,
      labels: { camera: id, ...sample.labels },
    })),
  );
}
