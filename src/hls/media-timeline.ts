import type { Fragment, InitSegment } from '../media/types.ts';
import type { SegmenterSession } from './segmenter-session.ts';

/**
 * Sound may run ahead of its picture by this many seconds. What is said to be further ahead has broken stamps, and the
 * playlist's time must not leap with them.
 */
const longestLeadSeconds = 1;

/**
 * The media time of a playlist, which goes on across its sessions for as long as it lives, also when it was emptied. Each
 * encoder begins at a time of its own, as it may behind EXT-X-DISCONTINUITY (RFC 8216 4.3.2.3), but ffmpeg and mpv take no
 * notice of that tag: for them time would go back or leap, mpv then stands still, and ffmpeg of 2018 complains of each
 * frame. So media goes on where the media before it ended, however long the pause was; PROGRAM-DATE-TIME tells of that.
 */
export class MediaTimeline {
  /** undefined before anything has ended: the first session keeps its own time. */
  #endSeconds: number | undefined;
  /** Where the tracks of the running session have come to, in its own ticks, by track_ID. */
  readonly #endTicks = new Map<number, number>();

  /** `fragment` becomes part of the playlist. */
  add({ runs }: Fragment): void {
    for (const { trackId, decodeTime, duration } of runs) {
      this.#endTicks.set(trackId, decodeTime + duration);
    }
  }

  /**
   * What was added is all of this stretch of the session; its shift is known by now. The end of its pictures is what its
   * clock says, since beside sound ffmpeg only guesses how long the newest frame lasts.
   */
  close({ video, init, clock, shiftTicks }: SegmenterSession): void {
    if (this.#endTicks.has(video.id)) {
      this.#endTicks.set(video.id, clock.endTicks);
      const ends = secondsByTrack(init, this.#endTicks, shiftTicks);
      const pictureEnd = ends.get(video.id) ?? 0;
      this.#endSeconds = Math.min(Math.max(...ends.values()), pictureEnd + longestLeadSeconds);
    }
    this.#endTicks.clear();
  }

  /**
   * What makes the media from `first` on begin where all tracks have ended, in ticks, by track_ID; undefined where nothing
   * has ended yet.
   */
  shiftFor(
    { video, init }: SegmenterSession,
    { runs }: Fragment,
  ): ReadonlyMap<number, number> | undefined {
    if (this.#endSeconds === undefined) return undefined;
    const beginTicks = new Map(runs.map(({ trackId, decodeTime }) => [trackId, decodeTime]));
    const begins = secondsByTrack(init, beginTicks);
    const pictureBegin = begins.get(video.id) ?? 0;
    const begin = Math.max(Math.min(...begins.values()), pictureBegin - longestLeadSeconds);
    const shift = this.#endSeconds - begin;
    return new Map(init.tracks.map(({ id, timescale }) => [id, Math.ceil(shift * timescale)]));
  }
}

/** Of the tracks that have ticks. */
function secondsByTrack(
  { tracks }: InitSegment,
  ticks: ReadonlyMap<number, number>,
  shiftTicks?: ReadonlyMap<number, number>,
): ReadonlyMap<number, number> {
  const present = tracks.filter(({ id }) => ticks.has(id));
  return new Map(
    present.map(({ id, timescale }) => {
      return [id, ((ticks.get(id) ?? 0) + (shiftTicks?.get(id) ?? 0)) / timescale];
    }),
  );
}
