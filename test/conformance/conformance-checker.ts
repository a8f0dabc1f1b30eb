import { setTimeout as wait } from 'node:timers/promises';
import { CheckClient, type CheckedStream } from './check-client.ts';
import { isSameVersion } from './playlists/delta.ts';
import { DirectiveProbes } from './directive-probes.ts';
import { FetchablePromises } from './playlists/fetchable-promises.ts';
import { LowLatencyClient } from './low-latency-client.ts';
import { MediaLog } from './media/media-log.ts';
import { readVariant, type ReadVariant } from './playlists/multivariant-reader.ts';
import { checkRates } from './media/number-rules.ts';
import { NumbersCheck } from './media/numbers-check.ts';
import type { ReadPlaylist } from './playlists/m3u8.ts';
import { Findings, type Violation } from './violations.ts';

export interface ConformanceOptions {
  /** Address of the multivariant playlist. */
  readonly url: URL;
  /** How long to watch, in milliseconds. */
  readonly durationMs: number;
  /** Longest frame of the stream, in seconds. */
  readonly frameSeconds: number;
  /** Whether the camera may be away for a while. */
  readonly mayPause: boolean;
  /** The run is over as soon as this rule is broken; undefined watches to the end. */
  readonly stopAtRule: string | undefined;
  readonly signal: AbortSignal;
}

export interface ConformanceReport {
  readonly violations: readonly Violation[];
  readonly playlistCount: number;
  readonly partCount: number;
  readonly segmentCount: number;
  readonly byteCount: number;
  /** Resources that had left the playlist and were there until their promise ended. */
  readonly keptPromiseCount: number;
  /** Segments that deltas left out. */
  readonly skippedCount: number;
  /** Requests that were held for three target durations. */
  readonly pauseCount: number;
  readonly discontinuityCount: number;
}

/** Probes and numbers are repeated this often, promises are looked at that often, in milliseconds. */
const probeEveryMs = 5000;
const numbersEveryMs = 15_000;
const promiseEveryMs = 200;
/** Numbers are compared when this many segments are whole: before, a server can only guess. */
const segmentsForNumbers = 3;
/** After an answer that is no playlist, in milliseconds. */
const pauseAfterErrorMs = 200;

/**
 * Watches a live stream over HTTP as a low-latency player does and reports what is against rfc8216bis, of which each
 * rule names its section. Every wait is bounded by the server's own three target durations, a time limit and the
 * signal.
 */
export function checkConformance(options: ConformanceOptions): Promise<ConformanceReport> {
  return new ConformanceChecker(options).run();
}

class ConformanceChecker {
  readonly #options: ConformanceOptions;
  readonly #found = new AbortController();
  readonly #signal: AbortSignal;
  readonly #findings = new Findings((rule) => {
    if (rule === this.#options.stopAtRule) this.#found.abort();
  });
  readonly #client: CheckClient;
  readonly #discontinuities = new Set<number>();
  #newest: ReadPlaylist | undefined;
  #playlistCount = 0;

  constructor(options: ConformanceOptions) {
    this.#options = options;
    this.#signal = AbortSignal.any([options.signal, this.#found.signal]);
    this.#client = new CheckClient(this.#signal, this.#findings.report);
  }

  async run(): Promise<ConformanceReport> {
    const { url } = this.#options;
    const variant = await this.#openVariant();
    const media = new MediaLog((uri) => this.#load(uri, playlistUrl), this.#findings.report);
    const playlistUrl = new URL(variant?.uri ?? '', url);
    const promises = new FetchablePromises(async (uri, leftMs) => {
      const answer = await this.#client.get('media', new URL(uri, playlistUrl));
      const { status, body } = answer;
      if (status === 0 || answer.tookMs + answer.lostMs > leftMs) return undefined;
      if (status !== 200) return `answered ${status}`;
      return media.isSame(uri, body) ? undefined : 'has other bytes';
    }, this.#findings.report);
    const player = new LowLatencyClient({
      client: this.#client,
      findings: this.#findings,
      url: playlistUrl,
      frameSeconds: this.#options.frameSeconds,
      mayPause: this.#options.mayPause,
      onPlaylist: (playlist, madeAtMs) => {
        this.#playlistCount += 1;
        this.#newest = playlist;
        for (const segment of playlist.segments) {
          if (segment.discontinuity) this.#discontinuities.add(segment.msn);
        }
        promises.see(playlist, madeAtMs);
        media.see(playlist);
      },
      onHinted: (uri, bytes) => media.isSame(uri, bytes),
    });
    if (variant !== undefined) await this.#watch(player, promises, playlistUrl);
    await media.finish();
    await this.#compareRates(media);
    this.#client.close();
    return {
      violations: this.#findings.all,
      playlistCount: this.#playlistCount,
      partCount: media.partCount,
      segmentCount: media.segmentCount,
      byteCount: this.#client.byteCount,
      keptPromiseCount: promises.keptCount,
      skippedCount: player.skippedCount,
      pauseCount: player.pauseCount,
      discontinuityCount: this.#discontinuities.size,
    };
  }

  async #openVariant(): Promise<ReadVariant | undefined> {
    const answer = await this.#client.get('multivariant', this.#options.url);
    const variant = answer.status === 200 ? readVariant(answer.body.toString()) : undefined;
    if (variant === undefined) {
      this.#findings.report('multivariant', '4.4.6.2', `answered ${answer.status}, no variant`);
    }
    return variant;
  }

  async #watch(player: LowLatencyClient, promises: FetchablePromises, url: URL): Promise<void> {
    const first = await player.load();
    const over = new AbortController();
    const either = AbortSignal.any([over.signal, this.#signal]);
    const probes = new DirectiveProbes(this.#checked(url));
    const beside = Promise.all([
      this.#repeat(promiseEveryMs, either, () => promises.check()),
      this.#repeat(probeEveryMs, either, async () => {
        // While the camera is away the playlist stands still, and so do these questions.
        if (this.#newest && !this.#options.mayPause) await probes.run(this.#newest);
      }),
      this.#repeat(numbersEveryMs, either, () => this.#checkNumbers()),
    ]);
    await this.#follow(player, first);
    over.abort();
    await beside;
    if (!this.#signal.aborted) await promises.check(true);
  }

  async #follow(player: LowLatencyClient, first: ReadPlaylist | undefined): Promise<void> {
    const endMs = performance.now() + this.#options.durationMs;
    let playlist = first;
    while (performance.now() < endMs && !this.#signal.aborted) {
      const next: ReadPlaylist | undefined = playlist && (await player.follow(playlist));
      const isStill = next !== undefined && playlist !== undefined && isSameVersion(next, playlist);
      // A server that answers without what was asked for must not be asked at full speed.
      if (isStill) await wait(pauseAfterErrorMs);
      playlist = next ?? (await player.load());
    }
  }

  async #repeat(everyMs: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      await work();
      await wait(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  #checked(url: URL): CheckedStream {
    return { client: this.#client, url, report: this.#findings.report };
  }

  async #checkNumbers(): Promise<void> {
    await new NumbersCheck(this.#checked(this.#options.url)).run();
  }

  /** What a player was told in the end against everything that it has loaded. */
  async #compareRates(media: MediaLog): Promise<void> {
    // A camera that was away may have come back with another picture.
    if (media.segmentCount < segmentsForNumbers || this.#options.mayPause) return;
    if (this.#signal.aborted) return;
    const variant = await this.#openVariant();
    const targetDuration = this.#newest?.targetDuration ?? 0;
    if (variant === undefined) return;
    // The peak is compared over the list that it is about; a run may have had a higher one before.
    const rates = { ...media.rates(targetDuration), peak: 0 };
    checkRates(variant, rates, {
      report: this.#findings.report,
      lostShare: this.#client.lostMs / (1000 * rates.seconds),
    });
  }

  /** What was listed stays for at least three target durations; an answer after that says nothing (6.2.2). */
  async #load(uri: string, base: URL): Promise<Buffer | undefined> {
    const answer = await this.#client.get('media', new URL(uri, base));
    const { status, body } = answer;
    if (status === 200 && body.length > 0) return body;
    const isTooLate = answer.tookMs > 3000 * (this.#newest?.targetDuration ?? 0);
    if (isTooLate || status === 0) return undefined;
    const detail = `${uri} is listed without a gap and answered ${status}, ${body.length} bytes`;
    this.#findings.report('listed-is-there', '6.2.1', detail);
    return undefined;
  }
}
