import { collectDefaultMetrics, type Registry } from 'prom-client';
import type { HistogramSnapshot } from '../outputs/viewable-camera.ts';
import { family, histogramFamily, type MetricFamily } from './metric-family.ts';

/** What runs; `ffmpegSource` says where the ffmpeg binary was found. */
export interface BuildInfo {
  readonly version: string;
  readonly node: string;
  readonly ffmpegVersion: string;
  readonly ffmpegSource: string;
}

/** Answers counted by the HTTP server; routes are a fixed list. */
export interface HttpStats {
  requests(): Iterable<{
    readonly route: string;
    readonly status: number;
    readonly seconds: HistogramSnapshot;
  }>;
}

export const buildMetrics: readonly MetricFamily<BuildInfo>[] = [
  family(
    'build_info',
    {
      help: 'Always 1; the labels say which versions run.',
      labels: ['version', 'node', 'ffmpeg_version', 'ffmpeg_source'],
    },
    ({ version, node, ffmpegVersion, ffmpegSource }) => [
      {
        labels: { version, node, ffmpeg_version: ffmpegVersion, ffmpeg_source: ffmpegSource },
        value: 1,
      },
    ],
  ),
];

export const httpMetrics: readonly MetricFamily<HttpStats>[] = [
  histogramFamily(
    'http_request_seconds',
    {
      help: 'Time from request to answer, by route and status; requests of a -held route waited for media on purpose.',
      labels: ['route', 'status'],
    },
    (stats) =>
      Array.from(stats.requests(), ({ route, status, seconds }) => ({
        labels: { route, status: String(status) },
        histogram: seconds,
      })),
  ),
];

/** Gauges that Prometheus would take for counters by their names; the ones without `_total` say the same. */
const misnamed = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** Processor, memory, descriptors, event loop and garbage collection of this process, named as everywhere. */
export function registerProcessMetrics(register: Registry): void {
  collectDefaultMetrics({ register, eventLoopMonitoringPrecision: 20 });
  for (const name of misnamed) register.removeSingleMetric(name);
}
