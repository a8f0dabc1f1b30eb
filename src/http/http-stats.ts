import { Histogram, type HistogramSnapshot } from '../lib/histogram.ts';

/** The route label of camgate_http_request_seconds: a fixed list, so that no URL makes a series. */
export type Route =
  | 'index'
  | 'playlist'
  | 'playlist-held'
  | 'media'
  | 'media-held'
  | 'snapshot'
  | 'mjpeg'
  | 'page'
  | 'asset'
  | 'api'
  | 'health'
  | 'metrics'
  | 'other';

/** Upper bounds in seconds: a millisecond for what lies in memory, 10 s for a cold start. */
const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export interface RequestSeries {
  readonly route: Route;
  readonly status: number;
  readonly seconds: HistogramSnapshot;
}

/**
 * How long answers took, from the request (behind others of its connection: from its turn) to the end of the answer
 * handed to the socket (for a stream: to its first byte), by route and status. Both are bounded, so the number of
 * series is too.
 */
export class HttpStats {
  readonly #byRoute = new Map<Route, Map<number, Histogram>>();

  observe(route: Route, status: number, seconds: number): void {
    let byStatus = this.#byRoute.get(route);
    if (byStatus === undefined) {
      byStatus = new Map<number, Histogram>();
      this.#byRoute.set(route, byStatus);
    }
    let histogram = byStatus.get(status);
    if (histogram === undefined) {
      histogram = new Histogram(bounds);
      byStatus.set(status, histogram);
    }
    histogram.observe(seconds);
  }

  *requests(): IterableIterator<RequestSeries> {
    for (const [route, byStatus] of this.#byRoute) {
      for (const [status, histogram] of byStatus) {
        yield { route, status, seconds: histogram.snapshot() };
      }
    }
  }
}
