import type { Fragment, InitSegment } from '../media/types.ts';
import type { SegmenterSession } from './segmenter-session.ts';

/**
 * The media time of a playlist, which goes on across its sessions. Each encoder begins at a time of its own, as it may behind
 * EXT-X-DISCONTINUITY (RFC 8216 4.3.2.3), but ffmpeg and mpv take no notice of that tag: for them time would go back, mpv
 * then stands still, and ffmpeg of 2018 complains of each frame.
 */
export class MediaTimeline {
  #endSeconds = 0;
  /** Where the running session has come to, in its own ticks, by track_ID. */
  readonly #endTicks = new Map<number, number>();

  /** `fragment` becomes part of the playlist. */
  add({ runs }: Fragment): void {
    for (const { trackId, decodeTime, duration } of runs) {
      this.#endTicks.set(trackId, decodeTime + duration);
    }
  }

  /** What was added is all of this stretch of the session; its shift is known by now. */
  close({ init, shiftTicks }: SegmenterSession): void {
    for (const { id, timescale } of init.tracks) {
      const endTicks = this.#endTicks.get(id);
      if (endTicks === undefined) continue;
      const endSeconds = (endTicks + (shiftTicks?.get(id) ?? 0)) / timescale;
      this.#endSeconds = Math.max(this.#endSeconds, endSeconds);
    }
    this.#endTicks.clear();
  }

  /** What makes the media from `first` on begin where all tracks have ended, in ticks, by track_ID. */
  shiftFor({ tracks }: InitSegment, first: Fragment): ReadonlyMap<number, number> {
    const timescales = new Map(tracks.map(({ id, timescale }) => [id, timescale]));
    const beginSeconds = Math.min(
      ...first.runs.map(({ trackId, decodeTime }) => decodeTime / (timescales.get(trackId) ?? 1)),
    );
    const shiftSeconds = this.#endSeconds - beginSeconds;
    return new Map(tracks.map(({ id, timescale }) => [id, Math.ceil(shiftSeconds * timescale)]));
  }
}
