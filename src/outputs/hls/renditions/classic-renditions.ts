import { CamgateError } from '../../../lib/errors.ts';
import type { LoadedPiece } from '../window/bandwidth.ts';
import { ClassicText } from '../playlists/classic-playlist.ts';
import { startSegmentCount, type SegmentSource } from '../window/segment-source.ts';
import { TransportRendition, type TransportRenditionOptions } from './transport-rendition.ts';
import type { Waiters } from '../window/waiters.ts';
import type { ClassicRendition, MemoryMedia, PlaylistText } from '../window/window.ts';

interface ClassicRenditionsOptions extends TransportRenditionOptions {
  readonly waiters: Waiters;
}

/** EXT-X-VERSION: EXT-X-MAP in a playlist that is not of I-frames alone (RFC 8216 7). */
const version = 6;
/**
 * Longest wait for `startSegmentCount`, in milliseconds; after that, what is there has to do. Players themselves give
 * up after about 10 s.
 */
const startHoldMs = 6_000;

/** The renditions without low-latency tags: whole segments only, and nothing that a player must answer at once. */
export class ClassicRenditions {
  readonly #source: SegmentSource;
  readonly #hasIndependentSegments: boolean;
  readonly #waiters: Waiters;
  readonly #transport: TransportRendition;
  readonly #text: ClassicText;
  /** A viewer who already has the playlist is not made to wait again. */
  #hasStarted = false;

  constructor(options: ClassicRenditionsOptions) {
    this.#source = options.source;
    this.#hasIndependentSegments = options.hasIndependentSegments;
    this.#waiters = options.waiters;
    this.#transport = new TransportRendition(options);
    this.#text = new ClassicText(`${options.life}-classic`);
  }

  /** Bytes made only for these renditions; the fMP4 rendition shares all of its bytes. */
  get byteCount(): number {
    return this.#transport.byteCount;
  }

  /** The MPEG-TS segments that are listed. */
  get transportPieces(): readonly LoadedPiece[] {
    return this.#transport.segments.map(({ listed, byteLength }) => {
      return { durationSeconds: listed.duration, byteLength };
    });
  }

  /** No viewer has to wait for a playlist. */
  get canStart(): boolean {
    const { length } = this.#source.segments;
    return length >= startSegmentCount || (this.#hasStarted && length > 0);
  }

  /** Throws or rejects: ts-unsupported (404), playlist-timeout (503), or the signal's reason. */
  playlist(rendition: ClassicRendition, signal: AbortSignal): PlaylistText | Promise<PlaylistText> {
    return this.canStart ? this.#textOf(rendition) : this.#wait(rendition, signal);
  }

  media(name: string): MemoryMedia | undefined {
    return this.#transport.media(name);
  }

  /** undefined when nothing is kept that is not listed. */
  get nextExpiryMs(): number | undefined {
    return this.#transport.nextExpiryMs;
  }

  /** Call with every new part; without parts it is due at `nextExpiryMs`. */
  tidy(): void {
    this.#transport.tidy();
  }

  clear(): void {
    this.#transport.clear();
    this.#hasStarted = false;
  }

  async #wait(rendition: ClassicRendition, signal: AbortSignal): Promise<PlaylistText> {
    const probe = (): true | undefined => this.canStart || undefined;
    try {
      await this.#waiters.wait('classic', probe, { signal, holdMs: startHoldMs });
    } catch (error) {
      const isLate = error instanceof CamgateError && error.code === 'playlist-timeout';
      if (!isLate || this.#source.segments.length === 0) throw error;
    }
    return this.#textOf(rendition);
  }

  #textOf(rendition: ClassicRendition): PlaylistText {
    this.#hasStarted = true;
    const text = rendition === 'ts' ? this.#transport.playlistText() : this.#classicText();
    if (text !== undefined) return text;
    throw new CamgateError('camera-connecting', 'No segment is complete yet.', {
      retryAfterMs: 1000,
    });
  }

  #classicText(): PlaylistText | undefined {
    const { segments, discontinuitySequence, targets } = this.#source;
    const [first] = segments;
    if (first === undefined || targets === undefined) return undefined;
    this.#source.promiseListed();
    return this.#text.get({
      version,
      independentSegments: this.#hasIndependentSegments,
      targetDuration: targets.targetDurationSeconds,
      mediaSequence: first.msn,
      discontinuitySequence,
      segments: segments.map(({ listed }) => listed),
    });
  }
}
