import type { SegmenterRun } from './segmenter-run.ts';

/**
 * Audio may run ahead of its video by this many seconds. What is said to be further ahead has broken times, and the
 * playlist's must not leap with them.
 */
const longestLeadSeconds = 1;

/**
 * The media time of a playlist, which goes on across its runs for as long as it lives, also when it was emptied. Each
 * run begins at a time of its own, as it may behind EXT-X-DISCONTINUITY (RFC 8216 4.3.2.3), but ffmpeg and mpv take
 * no notice of that tag: for them time would go back or leap, mpv then stands still, and ffmpeg of 2018 complains of
 * each frame. So media goes on where the media before it ended, however long the pause was; PROGRAM-DATE-TIME tells
 * of that.
 */
export class MediaTimeline {
  /** undefined before anything has ended: the first run keeps its own time. */
  #endSeconds: number | undefined;

  /** All of this stretch of the run has been added; without effect where nothing was. */
  close({ clock, audio, shiftSeconds, isWaitingForKeyframe }: SegmenterRun): void {
    if (isWaitingForKeyframe) return;
    const videoEnd = clock.endTicks / clock.timescale;
    const audioEnd = audio?.endTicks === undefined ? videoEnd : audio.endTicks / audio.timescale;
    const end = Math.min(Math.max(videoEnd, audioEnd), videoEnd + longestLeadSeconds);
    this.#endSeconds = end + shiftSeconds;
  }

  /** What makes media that begins at `videoTicks` begin where all before it has ended, in seconds. */
  shiftFor({ clock }: SegmenterRun, videoTicks: number): number {
    return this.#endSeconds === undefined ? 0 : this.#endSeconds - videoTicks / clock.timescale;
  }
}
