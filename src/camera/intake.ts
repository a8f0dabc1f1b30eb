import type { Clock } from '../lib/time/clock.ts';
import { UpstreamError } from '../lib/errors.ts';
import { PatientTimer } from '../lib/time/patient-timer.ts';
import { claimedPixels, maxFramePixels } from '../media/claimed-pixels.ts';
import { FrameHub } from '../media/frame-hub.ts';
import type { Frame, VideoTrack } from '../media/frame.ts';
import { nalCodecOf } from '../media/nal/nal-codecs.ts';
import type { SourceBatch, SourceTracks } from '../sources/source.ts';
import { IntakeMeter } from './intake-meter.ts';
import {
  TimestampNormaliser,
  type NormaliserEvent,
  type TimingFacts,
} from './timing/timestamp-normaliser.ts';

/** The newest complete picture that can be decoded cheaply; outlives its session. */
export interface NewestKeyframe {
  /** Rises with each such picture of the camera. */
  readonly number: number;
  readonly track: VideoTrack;
  readonly frame: Frame;
  /** With intra refresh: the reference frames before it, from the recovery point on. Otherwise empty. */
  readonly lead: readonly Frame[];
}

export interface IntakeOptions {
  readonly clock: Clock;
  /** Called synchronously when there is a newer keyframe. */
  readonly onKeyframe: () => void;
  /** Frames that had waited cannot be used, so the session is of no use. No caller is there to catch that error. */
  readonly onFailure: (error: unknown) => void;
}

const noLead: readonly Frame[] = [];

/** What the one session of a camera delivers, timed by the normaliser and handed to the hub. Outlives sessions. */
export class Intake {
  readonly hub = new FrameHub();
  readonly meter = new IntakeMeter();
  readonly #options: IntakeOptions;
  readonly #normaliser: TimestampNormaliser;
  #tracks: SourceTracks | undefined;
  #newestKeyframe: NewestKeyframe | undefined;
  #keyframeCount = 0;
  /** Frames that waited while this process slept are read before it ends. */
  #timer: PatientTimer | undefined;
  /** When it fires, in milliseconds. */
  #timerAtMs = Infinity;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#normaliser = new TimestampNormaliser((monotonicMs) => options.clock.wallOf(monotonicMs));
  }

  /** Tracks of the current session, as its protocol declares them; undefined without a session. */
  get tracks(): SourceTracks | undefined {
    return this.#tracks;
  }

  get timing(): TimingFacts {
    return this.#normaliser.facts;
  }

  get newestKeyframe(): NewestKeyframe | undefined {
    return this.#newestKeyframe;
  }

  begin(nowMs: number): void {
    this.meter.begin(nowMs);
    this.#tracks = undefined;
    this.#normaliser.begin();
    this.hub.end();
  }

  /** @throws UpstreamError frame-too-large: the session is of no use */
  take({ byteCount, events }: SourceBatch, nowMs: number): void {
    this.meter.bytes(byteCount, nowMs);
    for (const event of events) {
      if (event.type === 'corrupt') this.meter.corrupt();
      else if (event.type === 'tracks') this.#takeTracks(event.tracks);
      else if (event.frame.kind === 'video') this.meter.frame(event.frame, nowMs);
      this.#apply(this.#normaliser.push(event, nowMs));
    }
    this.#wait();
  }

  end(): void {
    this.#stopTimer();
    this.#tracks = undefined;
    this.#applyWaited(this.#normaliser.end());
    this.hub.end();
  }

  /** Checked before anything is fed to a decoder, which would allocate memory for whatever is claimed. */
  #takeTracks(tracks: SourceTracks): void {
    const pixels = tracks.video === undefined ? 0 : claimedPixels(tracks.video);
    if (pixels > maxFramePixels) {
      const megapixels = Math.round(pixels / 1e6);
      throw new UpstreamError(
        'frame-too-large',
        `the camera declares frames of ${megapixels} megapixels; the limit is 67 (8192x8192), ` +
          'so set a smaller size in the camera',
      );
    }
    this.#tracks = tracks;
    this.#normaliser.isAudioEncoded = tracks.audio?.codec !== 'aac';
  }

  /** In a timer or at the end of a session, what a sink throws (unreadable parameter sets) must not escape. */
  #applyWaited(events: readonly NormaliserEvent[]): void {
    try {
      this.#apply(events);
    } catch (error) {
      this.#options.onFailure(error);
    }
  }

  #apply(events: readonly NormaliserEvent[]): void {
    for (const event of events) {
      if (event.type === 'run') {
        this.hub.begin(event.run);
        continue;
      }
      const { frame } = event;
      const mayBe = frame.isKeyframe || frame.wholeAfter !== undefined;
      const isNewest = mayBe && frame.kind === 'video' && this.#noteKeyframe(frame);
      this.hub.push(frame);
      if (isNewest) this.#options.onKeyframe();
    }
  }

  #noteKeyframe(frame: Frame): boolean {
    const track = this.hub.run?.video;
    if (track === undefined) return false;
    const lead = this.#leadOf(frame, track);
    if (lead === undefined) return false;
    this.#newestKeyframe = { number: ++this.#keyframeCount, track, frame, lead };
    return true;
  }

  /** undefined for a frame that does not complete a picture, and where too many frames came before it to keep them. */
  #leadOf(
    { isKeyframe, wholeAfter }: Frame,
    { codec, hasIntraRefresh }: VideoTrack,
  ): readonly Frame[] | undefined {
    if (hasIntraRefresh !== true) return isKeyframe ? noLead : undefined;
    if (wholeAfter === undefined) return undefined;
    const before = this.hub.gop.filter(({ kind }) => kind === 'video');
    if (before.length < wholeAfter) return undefined;
    const isReference = (frame: Frame): boolean =>
      nalCodecOf(codec)?.isReference(frame.data) ?? true;
    return before.slice(before.length - wholeAfter).filter(isReference);
  }

  /** A run waits for declared audio before it begins, and first frames for others, but not forever. */
  #wait(): void {
    const { dueAtMs } = this.#normaliser;
    if (dueAtMs === undefined || dueAtMs >= this.#timerAtMs) return;
    this.#stopTimer();
    const { clock } = this.#options;
    const waitMs = Math.max(1, Math.ceil(dueAtMs - clock.monotonicMs()));
    this.#timerAtMs = dueAtMs;
    this.#timer = new PatientTimer(waitMs, () => {
      this.#stopTimer();
      this.#applyWaited(this.#normaliser.tick(clock.monotonicMs()));
      this.#wait();
    });
  }

  #stopTimer(): void {
    this.#timer?.clear();
    this.#timer = undefined;
    this.#timerAtMs = Infinity;
  }
}
