/** One sign of life of a player: the picture or its clock has moved. */
interface Sighting {
  /** ms since the epoch. */
  readonly atMs: number;
  /** When the camera sent what was seen; undefined when no number could be read. */
  readonly sentAtMs: number | undefined;
}

/** A time without a sign of life. */
export interface Gap {
  readonly ms: number;
  /** ms since the epoch. */
  readonly endMs: number;
}

/** Two hours of 15 frames a second; a survey takes minutes. */
const mostSightings = 108_000;
const smallestStepSeconds = 0.01;

/** When a player's picture moved, for questions that are asked afterwards. */
export class Sightings {
  readonly #sentAt: (frame: number) => number | undefined;
  readonly #sightings: Sighting[] = [];
  #frame: number | undefined;
  #positionSeconds: number | undefined;

  /** `sentAt`: ms since the epoch of the camera's last send of that frame; asked at once, since numbers come again. */
  constructor(sentAt: (frame: number) => number | undefined) {
    this.#sentAt = sentAt;
  }

  sawFrame(frame: number | undefined, atMs: number): void {
    if (frame === undefined || frame === this.#frame) return;
    this.#frame = frame;
    const sentAtMs = this.#sentAt(frame);
    const isSane = sentAtMs !== undefined && sentAtMs <= atMs;
    this.#add({ atMs, sentAtMs: isSane ? sentAtMs : undefined });
  }

  sawPosition(seconds: number, atMs: number): void {
    const step = Math.abs(seconds - (this.#positionSeconds ?? -Infinity));
    if (step < smallestStepSeconds) return;
    this.#positionSeconds = seconds;
    this.#add({ atMs, sentAtMs: undefined });
  }

  /** ms since the epoch of the first sign at or after `fromMs`. */
  firstAfter(fromMs: number): number | undefined {
    return this.#sightings.find(({ atMs }) => atMs >= fromMs)?.atMs;
  }

  /** When a picture was first seen that the camera sent at or after `fromMs`. */
  firstSentAfter(fromMs: number): number | undefined {
    return this.#sightings.find(({ sentAtMs }) => (sentAtMs ?? 0) >= fromMs)?.atMs;
  }

  get readsFrames(): boolean {
    return this.#frame !== undefined;
  }

  /** The times without a sign of life, in order, the last one up to `toMs`. */
  gaps(fromMs: number, toMs: number): Gap[] {
    let last = fromMs;
    return [...this.#sightings, { atMs: toMs }].flatMap(({ atMs }) => {
      if (atMs < fromMs || atMs > toMs) return [];
      const gap = { ms: atMs - last, endMs: atMs };
      last = Math.max(last, atMs);
      return gap.ms > 0 ? [gap] : [];
    });
  }

  longestGap(fromMs: number, toMs: number): Gap {
    return this.gaps(fromMs, toMs).reduce((longest, gap) => (gap.ms > longest.ms ? gap : longest), {
      ms: 0,
      endMs: fromMs,
    });
  }

  /** From the camera's send to the sighting, in milliseconds. */
  latencies(fromMs: number, toMs: number): number[] {
    return this.#sightings
      .filter(({ atMs }) => atMs >= fromMs && atMs <= toMs)
      .flatMap(({ atMs, sentAtMs }) => (sentAtMs === undefined ? [] : [atMs - sentAtMs]));
  }

  #add(sighting: Sighting): void {
    if (this.#sightings.length < mostSightings) this.#sightings.push(sighting);
  }
}
