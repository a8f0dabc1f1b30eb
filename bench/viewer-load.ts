/**
 * Load of `viewers`, in a process of its own: `viewer-load.ts PLAYLIST-URL COUNT MS`. Each viewer has two connections, as
 * a player over HTTP/1.1 has: one holds the playlist of the next part, the other fetches that part from its preload
 * hint. Prints one JSON line, the ViewerReport.
 */
import { Connection } from './connection.ts';
import { percentile } from './figures.ts';

export interface ViewerReport {
  readonly partCount: number;
  /** Parts that came later than 200 ms after the first viewer had the first byte of the same part. */
  readonly lateCount: number;
  readonly failedCount: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Where a player stands: what it asks for next. */
interface Position {
  readonly hint: string;
  readonly query: string;
}

const lateMs = 200;
/** Before the measure: the code of both sides is compiled under the load itself. */
const warmUpMs = 4000;
/** Connections are opened in groups, so that the listen queue does not overflow. */
const groupSize = 50;

class Load {
  readonly #url: URL;
  readonly #firstByteMs = new Map<string, number>();
  readonly #positions = new Map<string, Position>();
  readonly #latencies: number[] = [];
  #failedCount = 0;

  constructor(url: URL) {
    this.#url = url;
  }

  async run(count: number, measureMs: number): Promise<ViewerReport> {
    const pairs: [Connection, Connection][] = [];
    while (pairs.length < count) {
      const group = Array.from({ length: Math.min(groupSize, count - pairs.length) }, () =>
        Promise.all([Connection.open(this.#url), Connection.open(this.#url)]),
      );
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
    const [playlists, media] = pair;
    try {
      let position = this.#parse((await playlists.get(this.#url.pathname, true)).body);
      while (performance.now() < endMs) {
        const [playlist, part] = await Promise.all([
          playlists.get(`${this.#url.pathname}?${position.query}`, true),
          media.get(new URL(position.hint, this.#url).pathname),
        ]);
        if (playlist.status !== 200 || part.status !== 200) {
          this.#failedCount++;
          if (playlist.status !== 200) return;
        }
        const first = this.#firstByteMs.get(position.hint) ?? part.firstByteMs;
        this.#firstByteMs.set(position.hint, Math.min(first, part.firstByteMs));
        if (part.lastByteMs > startMs) this.#latencies.push(part.lastByteMs - first);
        position = this.#parse(playlist.body);
      }
    } catch {
      this.#failedCount++;
    } finally {
      playlists.close();
      media.close();
    }
  }

  /** Read once per playlist, however many viewers have it: the load must cost less than the server. */
  #parse(body: Buffer): Position {
    const hint = /URI="([^"]+)"\s*$/.exec(body.subarray(-100).toString('latin1'))?.[1] ?? '';
    let position = this.#positions.get(hint);
    if (position === undefined) {
      const text = body.toString();
      const first = Number(/#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(text)?.[1]);
      const segments = text.match(/^#EXTINF:/gm)?.length ?? 0;
      const open = text.slice(text.lastIndexOf('#EXTINF:'));
      const parts = open.match(/^#EXT-X-PART:/gm)?.length ?? 0;
      position = { hint, query: `_HLS_msn=${first + segments}&_HLS_part=${parts}` };
      this.#positions.set(hint, position);
    }
    return position;
  }
}

const [address = '', count = '1', measureMs = '1000'] = process.argv.slice(2);
const report = await new Load(new URL(address)).run(Number(count), Number(measureMs));
console.log(JSON.stringify(report));
