/** Frames out of order come within this many milliseconds in a burst, and what waits in a socket is read. */
export const atOnceMs = 10;
/** The network may cut a burst into pieces that come closer than this, in milliseconds: TCP may need a round trip. */
export const patienceMs = 80;
/** Frames that would be closer than this, in milliseconds, are the rest of the burst before. */
const shortestIntervalMs = 16;
/** A camera whose frames are further apart, in milliseconds, does not wait until it has several. */
const longestIntervalMs = 500;
/** No camera has buffered more than this, in milliseconds. */
const longestBacklogMs = 20_000;

interface Burst {
  readonly beganMs: number;
  endMs: number;
  count: number;
}

/**
 * The first frames of a session that come in bursts and have one stamp each, so that stamps do not tell how far apart
 * they are. But a second burst does, because its frames were taken since the first one came:
 *
 *   stamped      0    0    0        0    0    0    0
 *   came         0    0    0      160  160  160  160      four frames in 160 ms
 *   counts as  -80  -40    0       40   80  120  160
 */
export class FirstBursts {
  #first: Burst | undefined;
  #second: Burst | undefined;
  #haveStamps = false;

  /** The first frame has come, or the next one, with the stamp of the one before (`isStill`) or another. */
  note(atMs: number, isStill: boolean): void {
    const newest = this.#second ?? this.#first;
    if (newest !== undefined && atMs - newest.endMs < atOnceMs) {
      newest.endMs = atMs;
      newest.count += 1;
      this.#haveStamps ||= !isStill;
      return;
    }
    this.joinSecond();
    const burst = { beganMs: atMs, endMs: atMs, count: 1 };
    if (this.#first === undefined) this.#first = burst;
    else this.#second = burst;
  }

  /** Frames have come at once, and their stamps do not say more. */
  get areThere(): boolean {
    const mostFrames = Math.max(this.#first?.count ?? 0, this.#second?.count ?? 0);
    return mostFrames > 1 && !this.#haveStamps;
  }

  /** When the second burst is over, unless a third comes before; undefined without a second. */
  get overAtMs(): number | undefined {
    return this.#second && this.#second.endMs + patienceMs;
  }

  /** Whether the second burst is over, and was no piece of the first. */
  isOver(nowMs: number): boolean {
    const [first, second] = [this.#first, this.#second];
    if (first === undefined || second === undefined || nowMs - second.endMs < atOnceMs)
      return false;
    const isClose = second.beganMs - first.endMs < patienceMs;
    // Bursts that are as close as pieces go on coming.
    const isAlone = isClose && nowMs - second.endMs >= patienceMs;
    return !isAlone && this.#secondIntervalMs >= shortestIntervalMs;
  }

  /** The second burst is the rest of the first. */
  joinSecond(): void {
    if (this.#first === undefined || this.#second === undefined) return;
    this.#first.endMs = this.#second.endMs;
    this.#first.count += this.#second.count;
    this.#second = undefined;
  }

  /** How far apart the frames are; undefined where bursts do not tell. */
  get intervalMs(): number | undefined {
    const ms = this.#secondIntervalMs;
    const mostMs = Math.min(longestIntervalMs, longestBacklogMs / (this.#first?.count ?? 1));
    return this.areThere && ms >= shortestIntervalMs && ms <= mostMs ? ms : undefined;
  }

  /** 0 without a second burst. */
  get #secondIntervalMs(): number {
    const [first, second] = [this.#first, this.#second];
    if (first === undefined || second === undefined) return 0;
    return (second.endMs - first.endMs) / second.count;
  }
}
