/** Below this share of its memory a kept slice is worth a copy (see `compact`). */
const pinnedShare = 0.5;
const smallestArenaBytes = 4096;

/**
 * Unread bytes of a stream as one contiguous view. A chunk that arrives while nothing is left over is borrowed, not
 * copied; left-overs and what follows go to an arena that is appended to and never rewritten, so a slice that was
 * taken stays valid. Every byte is copied at most twice on average, however small the chunks are.
 */
export class ByteQueue {
  #bytes: Buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  #isArena = false;

  get byteCount(): number {
    return this.#end - this.#start;
  }

  /** All unread bytes. Valid until the next append. */
  get view(): Buffer {
    return this.#bytes.subarray(this.#start, this.#end);
  }

  append(chunk: Buffer): void {
    if (this.byteCount === 0) {
      this.#bytes = chunk;
      this.#start = 0;
      this.#end = chunk.length;
      this.#isArena = false;
      return;
    }
    if (!this.#isArena || this.#end + chunk.length > this.#bytes.length) this.#grow(chunk.length);
    chunk.copy(this.#bytes, this.#end);
    this.#end += chunk.length;
  }

  /** Drops `byteCount` bytes from the front; at most all there are. */
  skip(byteCount: number): void {
    this.#start = Math.min(this.#end, this.#start + byteCount);
  }

  /** Removes and returns bytes from the front. They share memory with their neighbours, see `compact`. */
  take(byteCount: number): Buffer {
    const taken = this.#bytes.subarray(this.#start, this.#start + byteCount);
    this.skip(byteCount);
    return taken;
  }

  #grow(byteCount: number): void {
    const unread = this.view;
    const wanted = unread.length + byteCount;
    const arena = Buffer.allocUnsafeSlow(Math.max(2 * unread.length, wanted, smallestArenaBytes));
    unread.copy(arena);
    this.#bytes = arena;
    this.#start = 0;
    this.#end = unread.length;
    this.#isArena = true;
  }
}

/**
 * The same bytes in memory of their own if keeping the slice would keep a much larger chunk alive. For whatever
 * outlives the moment: a live window of small slices would hold the whole 64 KiB reads they came from.
 */
export function compact(slice: Buffer): Buffer {
  if (slice.length >= slice.buffer.byteLength * pinnedShare) return slice;
  const own = Buffer.allocUnsafeSlow(slice.length);
  slice.copy(own);
  return own;
}
