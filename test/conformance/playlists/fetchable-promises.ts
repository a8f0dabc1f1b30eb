import type { ReadPlaylist } from './m3u8.ts';
import type { Report } from '../violations.ts';

interface Sighting {
  /** In milliseconds. */
  readonly durationMs: number;
  readonly kind: 'segment' | 'part';
  /** The longest playlist that contained it, in milliseconds. */
  longestPlaylistMs: number;
  /** When it was last seen in the playlist: its promise counts from some time after this. */
  listedMs: number;
  isGone: boolean;
  askCount: number;
}

/** Answers may cross the end of a promise on their way, in milliseconds. */
const slackMs = 300;
/** Segments are asked for at once, half-way and as late as it can be; parts, of which there are many, late only. */
const asks = { segment: [0, 0.5, 1], part: [1] } as const;

/**
 * What has left the playlist but must still be fetchable (6.2.2): a segment for its own duration plus that of the
 * longest playlist that contained it, a part for three target durations.
 */
export class FetchablePromises {
  readonly #fetch: (uri: string, leftMs: number) => Promise<string | undefined>;
  readonly #report: Report;
  readonly #sightings = new Map<string, Sighting>();
  #partPromiseMs = 0;
  #keptCount = 0;

  /**
   * `fetch` gives what is wrong with the answer, undefined when it is the media of before or came after the `leftMs`
   * that are promised.
   */
  constructor(fetch: (uri: string, leftMs: number) => Promise<string | undefined>, report: Report) {
    this.#fetch = fetch;
    this.#report = report;
  }

  /** Promises that were kept to their end. */
  get keptCount(): number {
    return this.#keptCount;
  }

  see(playlist: ReadPlaylist, nowMs: number): void {
    this.#partPromiseMs = playlist.targetDuration * 3000;
    const listMs = 1000 * playlist.segments.reduce((sum, { duration }) => sum + duration, 0);
    const listed = new Set<string>();
    const note = (uri: string, kind: 'segment' | 'part', durationMs: number): void => {
      listed.add(uri);
      const known = this.#sightings.get(uri);
      if (known) {
        known.longestPlaylistMs = Math.max(known.longestPlaylistMs, listMs);
        known.listedMs = nowMs;
      } else {
        const sighting = { durationMs, kind, longestPlaylistMs: listMs, listedMs: nowMs };
        this.#sightings.set(uri, { ...sighting, isGone: false, askCount: 0 });
      }
    };
    for (const { uri, duration, parts, gap } of playlist.segments) {
      if (gap) continue;
      if (uri !== undefined) note(uri, 'segment', duration * 1000);
      for (const part of parts) note(part.uri, 'part', part.duration * 1000);
    }
    for (const part of playlist.open?.parts ?? []) {
      if (!part.gap) note(part.uri, 'part', part.duration * 1000);
    }
    for (const [uri, sighting] of this.#sightings) {
      if (!listed.has(uri)) sighting.isGone = true;
    }
  }

  /** Asks for what is due; `isLast` for all that is still promised. */
  async check(isLast = false): Promise<void> {
    for (const [uri, sighting] of this.#sightings) {
      if (!sighting.isGone) continue;
      // The answers before this one have taken their time.
      const nowMs = performance.now();
      const promiseMs = this.#promiseOf(sighting);
      const leftMs = sighting.listedMs + promiseMs - slackMs - nowMs;
      if (leftMs < 0) {
        // The answers before this one took too long; nothing can be said of it any more.
        this.#sightings.delete(uri);
        continue;
      }
      const shares = asks[sighting.kind];
      const share = shares[sighting.askCount] ?? 1;
      const isDue = nowMs >= sighting.listedMs + share * Math.max(0, promiseMs - 1000);
      if (!isDue && !isLast) continue;
      sighting.askCount += 1;
      const complaint = await this.#fetch(uri, leftMs);
      const isOver = complaint !== undefined || sighting.askCount === shares.length;
      if (isOver) this.#sightings.delete(uri);
      if (complaint !== undefined) {
        const detail = `${uri} ${complaint}, promised for ${Math.round(leftMs)} ms more`;
        this.#report('fetchable-after-removal', '6.2.2', detail);
      } else if (isOver) {
        this.#keptCount += 1;
      }
    }
  }

  #promiseOf(sighting: Sighting): number {
    if (sighting.kind === 'part') return this.#partPromiseMs;
    return sighting.durationMs + sighting.longestPlaylistMs;
  }
}
