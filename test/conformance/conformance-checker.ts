import { readMediaPlaylist, type ReadPlaylist } from './m3u8.ts';
import { FetchablePromises } from './fetchable-promises.ts';
import {
  allParts,
  allSegments,
  applyDelta,
  checkPlaylist,
  checkTransition,
  type Violation,
} from './playlist-rules.ts';

export interface ConformanceOptions {
  /** Address of the media playlist. */
  readonly url: URL;
  /** How long to watch, in milliseconds. */
  readonly durationMs: number;
  /** Longest frame of the stream, in seconds. */
  readonly frameSeconds: number;
  readonly signal: AbortSignal;
}

export interface ConformanceReport {
  readonly violations: readonly Violation[];
  readonly playlistCount: number;
  readonly partCount: number;
  /** Resources that had left the playlist and were still there. */
  readonly keptPromiseCount: number;
}

/**
 * Watches a live playlist as a low-latency client does, with blocking reloads and preload hints, and reports what is
 * against rfc8216bis. Every wait is bounded by the server's own three target durations and by the signal.
 */
export async function checkConformance(options: ConformanceOptions): Promise<ConformanceReport> {
  const checker = new ConformanceChecker(options);
  await checker.run();
  return checker.report();
}

class ConformanceChecker {
  readonly #options: ConformanceOptions;
  readonly #violations: Violation[] = [];
  readonly #promises: FetchablePromises;
  readonly #fetched = new Set<string>();
  #playlistCount = 0;

  constructor(options: ConformanceOptions) {
    this.#options = options;
    this.#promises = new FetchablePromises((uri) => this.#fetch(uri));
  }

  report(): ConformanceReport {
    return {
      violations: this.#violations,
      playlistCount: this.#playlistCount,
      partCount: this.#fetched.size,
      keptPromiseCount: this.#promises.keptCount,
    };
  }

  async run(): Promise<void> {
    const deadlineMs = performance.now() + this.#options.durationMs;
    let playlist = await this.#load({});
    if (playlist === undefined) return;
    this.#look(playlist);
    await this.#checkDirectives(playlist);
    while (performance.now() < deadlineMs && !this.#options.signal.aborted) {
      const next = await this.#follow(playlist);
      if (next === undefined) return;
      await this.#checkDelta(playlist, next);
      await this.#fetchParts(next);
      this.#violations.push(...(await this.#promises.check(performance.now())));
      playlist = next;
    }
  }

  #add(rule: string, section: string, detail: string): void {
    this.#violations.push({ rule, section, detail });
  }

  #look(playlist: ReadPlaylist): void {
    const { frameSeconds } = this.#options;
    this.#playlistCount += 1;
    this.#violations.push(...checkPlaylist(playlist, { frameSeconds }));
    this.#promises.see(playlist, performance.now());
  }

  /** Asks for the part after the last one, and for the hinted resource at the same time. */
  async #follow(playlist: ReadPlaylist): Promise<ReadPlaylist | undefined> {
    const { msn, part } = nextPartOf(playlist);
    const hint = playlist.preloadHints[0]?.uri;
    const hinted = hint === undefined ? undefined : this.#fetch(hint);
    const next = await this.#load({ _HLS_msn: msn, _HLS_part: part });
    const hintedStatus = await hinted;
    if (next === undefined) return undefined;
    if (hintedStatus !== undefined && hintedStatus.status !== 200) {
      this.#add('preload-hint-true', '4.4.5.3', `${hint ?? ''} answered ${hintedStatus.status}`);
    }
    if (!hasPart(next, msn, part)) {
      this.#add('blocking-reload', '6.2.5.2', `asked for ${msn}.${part}, answered without it`);
    }
    this.#look(next);
    this.#violations.push(...checkTransition(playlist, next));
    return next;
  }

  /** The delta must expand to what the whole playlist says (6.2.5.1), whenever the two are of one version. */
  async #checkDelta(previous: ReadPlaylist, current: ReadPlaylist): Promise<void> {
    const delta = await this.#load({ _HLS_skip: 'YES' });
    if (delta === undefined) return;
    const { playlist, violations } = applyDelta(current, delta);
    const { frameSeconds } = this.#options;
    this.#violations.push(
      ...violations,
      ...checkPlaylist(playlist, { frameSeconds }),
      ...checkTransition(previous, playlist),
    );
  }

  async #checkDirectives(playlist: ReadPlaylist): Promise<void> {
    const next = nextPartOf(playlist);
    const lastMsn = playlist.segments.at(-1)?.msn ?? playlist.mediaSequence - 1;
    const bad: [string, Record<string, string | number>][] = [
      ['a part without a segment', { _HLS_part: 0 }],
      ['no number', { _HLS_msn: 'x' }],
      // Some room, because the playlist goes on while this is asked.
      ['a segment too far ahead', { _HLS_msn: lastMsn + 10 }],
      ['a part too far ahead', { _HLS_msn: next.msn, _HLS_part: next.part + 10_000 }],
    ];
    for (const [what, query] of bad) {
      const { status } = await this.#request(this.#playlistUrl(query));
      if (status !== 400) this.#add('bad-request', '6.2.5.2', `${what} answered ${status}`);
    }
    const startedMs = performance.now();
    const old = await this.#load({ _HLS_msn: playlist.mediaSequence });
    const tookMs = performance.now() - startedMs;
    const partMs = (playlist.partTarget ?? 0) * 1000;
    if (playlist.segments.length > 0 && tookMs > Math.max(partMs, 100)) {
      this.#add('old-segment', '6.2.5.2', `a listed segment was waited for ${tookMs} ms`);
    }
    if (old === undefined) return;
    const openMsn = nextPartOf(old).msn;
    const whole = await this.#load({ _HLS_msn: openMsn });
    if (whole && !whole.segments.some(({ msn }) => msn >= openMsn)) {
      this.#add(
        'blocking-reload',
        '6.2.5.2',
        `segment ${openMsn} was answered before it was whole`,
      );
    }
  }

  async #fetchParts(playlist: ReadPlaylist): Promise<void> {
    for (const { uri } of allParts(playlist)) {
      if (this.#fetched.has(uri)) continue;
      this.#fetched.add(uri);
      const { status, byteCount, contentType } = await this.#fetch(uri);
      if (status !== 200 || byteCount === 0) {
        this.#add('listed-is-there', '6.2.1', `${uri} answered ${status}, ${byteCount} bytes`);
      }
      if (contentType !== 'video/mp4') this.#add('content-type', '3', `${uri}: ${contentType}`);
    }
  }

  async #load(query: Record<string, string | number>): Promise<ReadPlaylist | undefined> {
    const answer = await this.#request(this.#playlistUrl(query));
    if (answer.status === 200) {
      if (answer.contentType !== 'application/vnd.apple.mpegurl') {
        this.#add('content-type', '4', answer.contentType);
      }
      return readMediaPlaylist(answer.body.toString());
    }
    this.#add('playlist-there', '6.2.1', `${JSON.stringify(query)} answered ${answer.status}`);
    return undefined;
  }

  #playlistUrl(query: Record<string, string | number>): URL {
    const url = new URL(this.#options.url);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
    return url;
  }

  async #fetch(uri: string): Promise<{ status: number; byteCount: number; contentType: string }> {
    const { status, body, contentType } = await this.#request(new URL(uri, this.#options.url));
    return { status, byteCount: body.length, contentType };
  }

  async #request(url: URL): Promise<{ status: number; body: Buffer; contentType: string }> {
    const response = await fetch(url, { signal: this.#options.signal });
    const body = Buffer.from(await response.arrayBuffer());
    const contentType = (response.headers.get('content-type') ?? '').split(';')[0] ?? '';
    return { status: response.status, body, contentType };
  }
}

/** What a client asks for next. */
function nextPartOf(playlist: ReadPlaylist): { msn: number; part: number } {
  const { open } = playlist;
  if (open) return { msn: open.msn, part: open.parts.length };
  const last = playlist.segments.at(-1);
  return { msn: last ? last.msn + 1 : playlist.mediaSequence, part: 0 };
}

function hasPart(playlist: ReadPlaylist, msn: number, part: number): boolean {
  return allSegments(playlist).some((segment) => {
    return segment.msn > msn || (segment.msn === msn && segment.parts.length > part);
  });
}
