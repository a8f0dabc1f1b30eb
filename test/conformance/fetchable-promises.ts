import type { ReadPlaylist } from './m3u8.ts';
import type { Violation } from './playlist-rules.ts';

interface Sighting {
  readonly firstMs: number;
  /** Segments: their duration; parts are promised by the target duration alone. */
  readonly durationMs: number;
  readonly kind: 'segment' | 'part';
  longestPlaylistMs: number;
  goneMs: number | undefined;
  isAsked: boolean;
}

/** Answers may cross the end of a promise on their way, in milliseconds. */
const slackMs = 300;

/**
 * What has left the playlist but must still be fetchable (rfc8216bis 6.2.2): a segment until it was first seen plus its
 * own duration plus that of the longest playlist with it, a part for three target durations. Each is asked for once,
 * as late as it can be.
 */
export class FetchablePromises {
  readonly #fetch: (uri: string) => Promise<{ status: number }>;
  readonly #sightings = new Map<string, Sighting>();
  #partPromiseMs = 0;
  #keptCount = 0;

  constructor(fetch: (uri: string) => Promise<{ status: number }>) {
    this.#fetch = fetch;
  }

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
      if (known) known.longestPlaylistMs = Math.max(known.longestPlaylistMs, listMs);
      else {
        const sighting = { firstMs: nowMs, durationMs, kind, longestPlaylistMs: listMs };
        this.#sightings.set(uri, { ...sighting, goneMs: undefined, isAsked: false });
      }
    };
    for (const { uri, duration, parts } of playlist.segments) {
      if (uri !== undefined) note(uri, 'segment', duration * 1000);
      for (const part of parts) note(part.uri, 'part', part.duration * 1000);
    }
    for (const part of playlist.open?.parts ?? []) note(part.uri, 'part', part.duration * 1000);
    for (const [uri, sighting] of this.#sightings) {
      if (!listed.has(uri)) sighting.goneMs ??= nowMs;
    }
  }

  async check(nowMs: number): Promise<Violation[]> {
    const violations: Violation[] = [];
    for (const [uri, sighting] of this.#sightings) {
      if (sighting.goneMs === undefined || sighting.isAsked) continue;
      const leftMs = this.#endOf(sighting) - slackMs - nowMs;
      // Asked for directly before the promise ends; at once when it has little left when the part disappears.
      if (leftMs > 1000) continue;
      sighting.isAsked = true;
      if (leftMs < 0) continue;
      const { status } = await this.#fetch(uri);
      if (status === 200) {
        this.#keptCount += 1;
      } else {
        violations.push({
          rule: 'fetchable-after-removal',
          section: '6.2.2',
          detail: `${uri} answered ${status}, promised for ${Math.round(leftMs)} ms more`,
        });
      }
    }
    return violations;
  }

  #endOf(sighting: Sighting): number {
    if (sighting.kind === 'part') return (sighting.goneMs ?? 0) + this.#partPromiseMs;
    return sighting.firstMs + sighting.durationMs + sighting.longestPlaylistMs;
  }
}
