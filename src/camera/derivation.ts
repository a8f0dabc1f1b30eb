import type { FfmpegBinary } from '../ffmpeg/binary.ts';
import { FfmpegChild, type FfmpegExit } from '../ffmpeg/child.ts';
import type { Log } from '../lib/log.ts';
import { RateLimit } from '../lib/rate-limit.ts';
import { matroskaHead, matroskaPicture } from '../media/mjpeg-matroska.ts';
import type { AsfPacket } from '../media/types.ts';
import { ArrivalClock } from './arrival-clock.ts';
import type { FfmpegTally } from './ffmpeg-tally.ts';
import type { NativeFeed, NativeFeedListener, NativeMedia, NumberedFrame } from './native-feed.ts';
import { SpareChild } from './spare-child.ts';
import type { Failure } from './supervisor-state.ts';

export interface DerivationOptions {
  readonly purpose: string;
  readonly binary: FfmpegBinary;
  readonly native: NativeFeed;
  readonly tally: FfmpegTally;
  readonly wantsAudio: boolean;
  readonly log: Log;
  readonly now: () => number;
  readonly argsFor: (media: NativeMedia, hasAudio: boolean) => readonly string[];
  /** A child starts; returns what takes its output. */
  readonly onStart: () => (chunk: Buffer) => void;
  /** The child is gone, whatever the reason; called once per onStart. */
  readonly onStop: () => void;
  /** ffmpeg failed too often with this session. */
  readonly onFailure: (failure: Failure) => void;
}

/** Unasked restarts that one minute may have before the session itself is given up. */
const maxRestartsPerMinute = 5;
/** Bound of what waits for the child, in bytes: more than a cached GOP at start, some seconds of a 12 Mbit/s camera. */
const maxQueuedBytes = 24 * 1024 * 1024;
/** A child that is fed and gives nothing for this long hangs. */
const hungAfterMs = 5_000;
/**
 * How long the start waits for declared sound before the camera counts as silent; as long must pictures last that came
 * without any. Where this process was late, time alone says nothing: sound that was sent in time is read next.
 */
const audioPatienceMs = 200;
/** Sound that stays away this long is taken out, because the muxer would hold the video back for it. */
const audioGoneMs = 1_500;
/** A camera whose sound went away once gets it back when it has been steady this long. */
const audioSteadyMs = 5_000;

const preparedCodecs: ReadonlySet<string> = new Set(['h264', 'mjpeg']);

type AsfMedia = Extract<NativeMedia, { kind: 'asf' }>;

interface Run {
  readonly child: FfmpegChild;
  readonly hasAudio: boolean;
  /** Stamps of JPEG frames. */
  readonly clock: ArrivalClock;
  lastOutputAtMs: number;
  lastFedAtMs: number;
}

/**
 * One ffmpeg child that makes another form of the native feed, for as long as it is wanted and there is media. It is
 * fed from the newest keyframe on, so that a feed which starts on a warm camera has its first picture at once, and it
 * is replaced when the camera changes its format or its clock, when sound comes or goes, and when it dies or hangs.
 */
export class Derivation implements NativeFeedListener {
  readonly #options: DerivationOptions;
  readonly #spare: SpareChild;
  readonly #restarts = new RateLimit(maxRestartsPerMinute, 60_000);
  readonly #unlisten: () => void;
  #isWanted = false;
  #run: Run | undefined;
  #waitsForAudioSince: { readonly atMs: number; readonly stampMs: number } | undefined;
  #audioBackSinceMs: number | undefined;
  #stopping: Promise<void> = Promise.resolve();

  constructor(options: DerivationOptions) {
    this.#options = options;
    const { binary, purpose, log, tally } = options;
    this.#spare = new SpareChild((args, onOutput) => {
      const child = FfmpegChild.start(binary, { purpose, args, log, maxQueuedBytes, onOutput });
      tally.add(child);
      return child;
    });
    this.#unlisten = options.native.listen(this);
  }

  get isRunning(): boolean {
    return this.#run !== undefined;
  }

  setWanted(isWanted: boolean): void {
    this.#isWanted = isWanted;
    if (isWanted) {
      this.#start();
      this.#feedLatestJpeg();
      this.#prepare();
    } else {
      this.#stop();
      this.#spare.drop();
    }
  }

  async dispose(): Promise<void> {
    this.#isWanted = false;
    this.#unlisten();
    this.#stop();
    await Promise.all([this.#stopping, this.#spare.dispose()]);
  }

  asfHeader(): void {
    this.#prepare();
  }

  formatChanged(): void {
    this.#stop();
    this.#start();
  }

  timeBroke(): void {
    this.#waitsForAudioSince = undefined;
    this.formatChanged();
  }

  sessionEnded(): void {
    this.#waitsForAudioSince = undefined;
    this.#audioBackSinceMs = undefined;
    this.#stop();
    this.#spare.drop();
  }

  asfPacket(packet: AsfPacket): void {
    if (!this.#isWanted) return;
    const run = this.#run;
    if (run === undefined) {
      // Wanted while there was no keyframe yet, or waiting for sound.
      this.#start(packet);
    } else if (this.#needsOtherAudio(run, packet.startsKeyframe)) {
      this.#stop();
      this.#start(packet);
    } else this.#feed(run, packet.bytes);
  }

  jpegFrame(numbered: NumberedFrame): void {
    if (!this.#isWanted || this.#options.native.media?.kind !== 'jpeg') return;
    if (this.#run === undefined) this.#start();
    this.#feedJpeg(numbered);
  }

  /** `newest`: the packet that just came, which is in the GOP too. */
  #start(newest?: AsfPacket): void {
    const { native, now } = this.#options;
    const { media } = native;
    if (!this.#isWanted || this.#run !== undefined || media === undefined) return;
    if (native.size.width === 0) return;
    if (media.kind === 'jpeg') {
      this.#feed(this.#launch(media, false), matroskaHead(native.size));
      return;
    }
    if (native.gop.length === 0) return;
    const isStampedHere = native.asfInput.clock === 'arrival';
    // What was kept of the past would all get the time of now.
    if (isStampedHere && newest?.startsKeyframe !== true) return;
    const isDeclared = this.#isSoundDeclared(media);
    const hasAudio = isDeclared && this.#isAudible();
    if (isDeclared && native.lastAudioAtMs === undefined) {
      this.#waitsForAudioSince ??= { atMs: now(), stampMs: native.lastStampMs };
      const { atMs, stampMs } = this.#waitsForAudioSince;
      if (now() - atMs < audioPatienceMs || native.lastStampMs - stampMs < audioPatienceMs) return;
    }
    const run = this.#launch(media, hasAudio);
    this.#feed(run, media.header.bytes);
    for (const packet of native.gop) this.#feed(run, packet.bytes);
  }

  /** Guesses that declared sound comes. Whether another codec can be made into anything is seen with its pictures. */
  #prepare(): void {
    const { native, argsFor } = this.#options;
    const { media } = native;
    if (!this.#isWanted || this.#run !== undefined) return;
    if (media?.kind !== 'asf' || !preparedCodecs.has(media.video.codec)) return;
    this.#spare.prepare(argsFor(media, this.#isSoundDeclared(media)));
  }

  /** With stamps of their arrival sound would be torn, because its packets come unsteadily. */
  #isSoundDeclared({ header }: AsfMedia): boolean {
    const { native, wantsAudio } = this.#options;
    if (!wantsAudio || native.asfInput.clock === 'arrival') return false;
    return header.streams.some(({ kind }) => kind === 'audio');
  }

  #launch(media: NativeMedia, hasAudio: boolean): Run {
    const { argsFor, onStart, now } = this.#options;
    const takeOutput = onStart();
    const child = this.#spare.take(argsFor(media, hasAudio), (chunk) => {
      run.lastOutputAtMs = now();
      takeOutput(chunk);
    });
    const clock = new ArrivalClock();
    const run: Run = { child, hasAudio, clock, lastOutputAtMs: now(), lastFedAtMs: now() };
    this.#run = run;
    void child.exited.then((exit) => this.#exited(run, exit));
    return run;
  }

  /** Who comes to a camera that is slow need not wait for its next picture. */
  #feedLatestJpeg(): void {
    const { media, latestJpeg, meter } = this.#options.native;
    const isOfThisSession = media?.kind === 'jpeg' && meter.lastFrameAtMs !== undefined;
    if (isOfThisSession && latestJpeg !== undefined) this.#feedJpeg(latestJpeg);
  }

  #feedJpeg({ frame, arrivedAtMs }: NumberedFrame): void {
    const run = this.#run;
    const timeMs = run?.clock.stamp(arrivedAtMs);
    if (run === undefined || timeMs === undefined) return;
    for (const bytes of matroskaPicture(timeMs, frame.bytes)) this.#feed(run, bytes);
  }

  #feed(run: Run, bytes: Buffer): void {
    const nowMs = this.#options.now();
    // An outage of the camera is no silence of the child: its time begins with what it is fed.
    if (nowMs - run.lastFedAtMs > 1_000) run.lastOutputAtMs = nowMs;
    run.lastFedAtMs = nowMs;
    const isTaken = run.child.write(bytes);
    if (!isTaken || nowMs - run.lastOutputAtMs > hungAfterMs) this.#replace(run, 'hung');
  }

  #exited(run: Run, exit: FfmpegExit): void {
    if (this.#run === run) this.#replace(run, exit.reason);
  }

  /** The child failed by itself: another one takes over, unless that happens too often. */
  #replace(run: Run, reason: string): void {
    const { tally, onFailure, now, purpose } = this.#options;
    if (this.#run !== run) return;
    tally.restarted(reason);
    this.#stop();
    if (reason === 'frame-too-large') {
      onFailure({ reason, message: `ffmpeg (${purpose}) refuses the size of the camera's frames` });
      return;
    }
    if (reason === 'encoder-missing') {
      // Every other child would say the same of this session.
      const message = `ffmpeg (${purpose}) has no decoder for what the camera sends: ${reason}`;
      onFailure({ reason: 'ffmpeg-failed', message });
      return;
    }
    if (this.#restarts.waitMs(now()) > 0) {
      onFailure({
        reason: 'ffmpeg-failed',
        message: `ffmpeg (${purpose}) failed again: ${reason}`,
      });
      return;
    }
    this.#restarts.record(now());
    this.#start();
  }

  #stop(): void {
    const run = this.#run;
    if (run === undefined) return;
    this.#run = undefined;
    this.#stopping = Promise.all([this.#stopping, run.child.stop()]).then(() => undefined);
    this.#options.onStop();
  }

  #needsOtherAudio(run: Run, atKeyframe: boolean): boolean {
    const { native, wantsAudio, now } = this.#options;
    const { lastAudioAtMs } = native;
    const nowMs = now();
    if (run.hasAudio) {
      const isGone = lastAudioAtMs !== undefined && native.soundlessMs > audioGoneMs;
      if (isGone) this.#audioBackSinceMs = undefined;
      return isGone && this.#options.native.gop.length > 0;
    }
    const isWanted = wantsAudio && native.asfInput.clock === 'camera';
    if (!isWanted || lastAudioAtMs === undefined || native.soundlessMs > audioGoneMs) {
      this.#audioBackSinceMs = undefined;
      return false;
    }
    this.#audioBackSinceMs ??= nowMs;
    return atKeyframe && nowMs - this.#audioBackSinceMs > audioSteadyMs;
  }

  #isAudible(): boolean {
    const { native } = this.#options;
    return native.lastAudioAtMs !== undefined && native.soundlessMs <= audioGoneMs;
  }
}
