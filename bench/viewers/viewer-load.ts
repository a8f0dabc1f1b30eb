/**
 * Load of `viewers`, in a process of its own: `viewer-load.ts PLAYLIST-URL COUNT MS [gzip]`. Prints one JSON line, the
 * ViewerReport.
 */
import type { Connection } from './connection.ts';
import { percentile } from '../rig/figures.ts';
import { LowLatencyViewers } from './low-latency-viewer.ts';

export interface ViewerReport {
  readonly partCount: number;
  /** Parts that came later than 200 ms after the first viewer had the first byte of the same part. */
  readonly lateCount: number;
  readonly failedCount: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const lateMs = 200;
/** Before the measure: the code of both sides is compiled under the load itself. */
const warmUpMs = 4000;
/** Connections are opened in groups, so that the listen queue does not overflow. */
const groupSize = 50;

class Load {
  readonly #viewers: LowLatencyViewers;
  readonly #firstByteMs = new Map<string, number>();
  readonly #latencies: number[] = [];
  #failedCount = 0;

  constructor(url: URL, acceptsGzip: boolean) {
    this.#viewers = new LowLatencyViewers(url, acceptsGzip);
  }

  async run(count: number, measureMs: number): Promise<ViewerReport> {
    const pairs: [Connection, Connection][] = [];
    while (pairs.length < count) {
      const groupCount = Math.min(groupSize, count - pairs.length);
      const group = Array.from({ length: groupCount }, () => this.#viewers.open());
      pairs.push(...(await Promise.all(group)));
    }
    const startMs = performance.now() + warmUpMs;
    await Promise.all(pairs.map((pair) => this.#watch(pair, startMs, startMs + measureMs)));
    const latencies = this.#latencies;
    return {
      partCount: latencies.length,
      lateCount: latencies.filter((latency) => latency > lateMs).length,
      failedCount: this.#failedCount,
      p50Ms: percentile(latencies, 0.5),
      p99Ms: percentile(latencies, 0.99),
    };
  }

  async #watch(pair: [Connection, Connection], startMs: number, endMs: number): Promise<void> {
    try {
      for await (const { name, answer } of this.#viewers.watch(pair)) {
        const first = this.#firstByteMs.get(name) ?? answer.firstByteMs;
        this.#firstByteMs.set(name, Math.min(first, answer.firstByteMs));
        if (answer.lastByteMs > startMs) this.#latencies.push(answer.lastByteMs - first);
        if (performance.now() >= endMs) return;
      }
    } catch {
      this.#failedCount++;
    }
  }
}

const [address = '', count = '1', measureMs = '1000', coding] = process.argv.slice(2);
const load = new Load(new URL(address), coding === 'gzip');
const report = await load.run(Number(count), Number(measureMs));
console.log(JSON.stringify(report));
