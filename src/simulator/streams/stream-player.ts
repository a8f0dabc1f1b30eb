import { randomBytes } from 'node:crypto';
import { asfPrerollMs, AsfPacketWriter, type AsfOutputObject } from '../../media/asf/asf-writer.ts';
import type { AudioSource } from './audio-source.ts';
import type { DeviceStream } from './device-stream.ts';
import type { Exchange } from '../http/exchange.ts';
import { isStrike, type Fault, type Faults, type StreamFault } from '../faults.ts';
import { withoutParameterSets } from './frame-splitter.ts';
import type { Journal } from '../journal.ts';
import { renderPart } from '../../media/jpeg/multipart-writer.ts';
import type { Paced } from './pacer.ts';
import type { Settings } from '../settings.ts';

export interface PlayerOptions {
  readonly exchange: Exchange;
  readonly settings: Settings;
  readonly journal: Journal;
  readonly faults: Faults;
  readonly framing: 'asf' | 'multipart';
  /** Undefined when only audio was asked for. */
  readonly video: DeviceStream | undefined;
  /** Undefined when none is declared. Multipart has none. */
  readonly audio: AudioSource | undefined;
}

/** The header declares video first. */
const videoStreamNumber = 1;

/** A viewer that reads more slowly loses frames up to the next keyframe. */
const maxQueuedBytes = 1 << 20;
/** Audio does not wait longer than this for a frame to travel with. */
const longestAudioWaitMs = 100;
const stampRange = 2 ** 32;
/** The half packet gets out first: a reset that arrives together with data is reported as an end by libuv clients. */
const resetDelayMs = 20;

/** Sends one viewer its stream in real time: one write per frame, the audio that belongs to it in the same packets. */
export class StreamPlayer implements Paced {
  readonly #options: PlayerOptions;
  readonly #writer = new AsfPacketWriter();
  readonly #forThisStream: readonly { readonly fault: StreamFault; readonly afterFrames: number }[];
  /** Time 0 of the stream's stamps, by performance.now(). */
  readonly #zeroAt: number;
  /** Frames before this one are sent late, to fill the viewer's buffer, and are not journaled. */
  readonly #firstLiveIndex: number;
  readonly #audioStreamNumber: number;
  #index: number;
  #audioMs = 0;
  #sentFrameCount = 0;
  #waitsForKeyframe = false;
  #strike: StreamFault | undefined;
  /** A strike has ended the stream; the connection follows. */
  #isOver = false;
  #stampOffsetMs = 0;
  #lastStampMs = 0;
  /** Of the object that was stamped last, without what faults make of it. */
  #lastTimeMs = 0;
  readonly #appliedOffsets = new Set<Fault>();

  constructor(options: PlayerOptions, now: number) {
    this.#options = options;
    this.#forThisStream = options.faults.takeForNext();
    this.#index = firstIndex(options, now);
    this.#firstLiveIndex = options.video?.indexAt(now) ?? 0;
    this.#zeroAt = options.video
      ? options.video.timeOf(this.#index)
      : now - options.settings.initialBurstMs;
    this.#audioStreamNumber = options.video ? videoStreamNumber + 1 : 1;
  }

  get dueAt(): number {
    if (this.#isOver) return Infinity;
    const { video, audio } = this.#options;
    const videoAt = video ? video.timeOf(this.#index) : Infinity;
    const audioAt = audio ? this.#zeroAt + this.#audioMs + longestAudioWaitMs : Infinity;
    return Math.min(videoAt, audioAt);
  }

  run(now: number): void {
    if (this.#isOver) return;
    if (this.#applyStrike()) return;
    const { video } = this.#options;
    // A timer may be a little early; what is due within that time counts as due.
    while (video && video.timeOf(this.#index) <= now + 2) {
      this.#sendFrame(video);
      if (this.#applyStrike()) return;
    }
    if (this.dueAt <= now) this.#send(this.#dueAudio(now), []);
  }

  /** A fault that happens once, with the next frame. */
  strike(fault: StreamFault): void {
    this.#strike = fault;
  }

  #sendFrame(video: DeviceStream): void {
    const index = this.#index++;
    const frame = video.frame(index);
    const { socket } = this.#options.exchange;
    const mayDrop = this.#has('stall') !== undefined || socket.writableLength > maxQueuedBytes;
    if (mayDrop) this.#waitsForKeyframe = true;
    else if (frame.isKeyframe) this.#waitsForKeyframe = false;
    const isWithheld =
      frame.isKeyframe && video.spec.codec === 'h264' && this.#has('no-keyframes') !== undefined;
    const audio = this.#dueAudio(video.timeOf(index));
    if (this.#waitsForKeyframe || isWithheld) {
      this.#send(audio, []);
      return;
    }
    this.#send(audio, [
      {
        streamNumber: videoStreamNumber,
        timeMs: video.timeOf(index) - this.#zeroAt,
        isKeyframe: frame.isKeyframe && this.#options.settings.asfKeyFlags,
        bytes: this.#asSent(frame.bytes, frame.isKeyframe, video),
      },
    ]);
    this.#sentFrameCount++;
    if (index >= this.#firstLiveIndex) this.#options.journal.frameSent(video.frameNumber(index));
  }

  #asSent(bytes: Buffer, isKeyframe: boolean, video: DeviceStream): Buffer {
    const isStripped = isKeyframe && this.#options.settings.parameterSets === 'header';
    return isStripped && video.spec.codec === 'h264' ? withoutParameterSets(bytes) : bytes;
  }

  /** The packets that have been recorded completely by this time. */
  #dueAudio(until: number): AsfOutputObject[] {
    const { audio, settings } = this.#options;
    const objects: AsfOutputObject[] = [];
    if (!audio) return objects;
    while (this.#zeroAt + this.#audioMs + audio.packetMs <= until) {
      const bytes = audio.next();
      const timeMs = this.#audioMs;
      objects.push({ streamNumber: this.#audioStreamNumber, timeMs, isKeyframe: true, bytes });
      this.#audioMs += audio.packetMs;
    }
    const isSilent = settings.isAudioSilent || this.#has('silent-audio') !== undefined;
    return isSilent ? [] : objects;
  }

  #send(audio: readonly AsfOutputObject[], video: readonly AsfOutputObject[]): void {
    const { exchange } = this.#options;
    if (this.#has('stall') || exchange.socket.writableLength > maxQueuedBytes) return;
    const bytes = this.#frameBytes([...audio, ...video]);
    if (bytes.length === 0) return;
    if (this.#strike) {
      // Half of what would have gone out; the strike itself follows in run().
      exchange.stream(bytes.subarray(0, Math.ceil(bytes.length / 2) - 1));
      return;
    }
    const garbage = this.#has('garbage');
    exchange.stream(garbage ? Buffer.concat([bytes, randomBytes(garbage.bytes)]) : bytes);
    exchange.recorder?.sent(exchange.socket.bytesWritten);
  }

  #frameBytes(objects: readonly AsfOutputObject[]): Buffer {
    if (this.#options.framing === 'asf') {
      return this.#writer.packets(
        objects.map((object) => ({ ...object, timeMs: this.#stamp(object.timeMs) })),
      );
    }
    const [frame] = objects;
    if (!frame) return Buffer.alloc(0);
    return renderPart(frame.bytes, this.#sentFrameCount === 0, this.#options.settings.multipart);
  }

  #stamp(timeMs: number): number {
    if (this.#has('frozen-stamps')) return this.#lastStampMs;
    const jump = this.#has('jumping-stamps');
    const wrap = this.#has('wrapping-stamps');
    const leap = this.#has('leaping-stamps');
    const rate = this.#has('clock-rate');
    if (jump && this.#isNew(jump)) this.#stampOffsetMs -= jump.ms;
    if (leap && this.#isNew(leap)) this.#stampOffsetMs += leap.ms;
    if (rate) this.#stampOffsetMs += (timeMs - this.#lastTimeMs) * (rate.percent / 100 - 1);
    if (wrap && this.#isNew(wrap)) this.#stampOffsetMs = stampRange - asfPrerollMs - 3000 - timeMs;
    this.#lastTimeMs = timeMs;
    this.#lastStampMs = timeMs + this.#stampOffsetMs;
    return this.#lastStampMs;
  }

  #isNew(fault: Fault): boolean {
    if (this.#appliedOffsets.has(fault)) return false;
    this.#appliedOffsets.add(fault);
    return true;
  }

  /** True when a strike ended the stream. */
  #applyStrike(): boolean {
    const due = this.#forThisStream.find(
      ({ fault, afterFrames }) => isStrike(fault) && this.#sentFrameCount >= afterFrames,
    );
    this.#strike ??= due?.fault;
    if (!this.#strike) return false;
    const { video, exchange } = this.#options;
    if (video && !this.#has('stall')) {
      const { bytes, isKeyframe } = video.frame(this.#index);
      const timeMs = video.timeOf(this.#index) - this.#zeroAt;
      this.#send([], [{ streamNumber: videoStreamNumber, timeMs, isKeyframe, bytes }]);
    }
    this.#isOver = true;
    if (this.#strike.kind === 'half-packet') exchange.socket.end();
    else setTimeout(() => exchange.socket.resetAndDestroy(), resetDelayMs);
    return true;
  }

  #has<Kind extends StreamFault['kind']>(
    kind: Kind,
  ): Extract<StreamFault, { kind: Kind }> | undefined {
    const own = this.#forThisStream.find(
      ({ fault, afterFrames }) => fault.kind === kind && this.#sentFrameCount >= afterFrames,
    );
    const fault = own?.fault ?? this.#options.faults.active(kind);
    return fault as Extract<StreamFault, { kind: Kind }> | undefined;
  }
}

/** Where a stream that opens now begins. */
function firstIndex({ video, settings }: PlayerOptions, now: number): number {
  if (!video) return 0;
  if (settings.initialBurstMs > 0) {
    let index = video.indexAt(now - settings.initialBurstMs);
    while (index > 0 && !video.frame(index).isKeyframe) index--;
    return index;
  }
  let index = video.indexAt(now) + 1;
  if (settings.start === 'mid-gop') {
    // Never by luck on a keyframe: the option promises the middle.
    return video.spec.codec === 'h264' && video.frame(index).isKeyframe ? index + 1 : index;
  }
  while (!video.frame(index).isKeyframe) index++;
  return index;
}
