import type { Writable } from 'node:stream';
import { PatientTimer } from '../../lib/time/patient-timer.ts';

/** Most frames are one piece; a viewer who takes 10 kB/s takes one in less than 30 s. */
const pieceBytes = 256 * 1024;

/**
 * Writes to one viewer piece by piece, the next when the last one was taken: how much of one large write went out is
 * told to nobody. The time limits of node's sockets and HTTP/2 streams look at it only when they are over, and begin
 * again where anything went out since, over HTTP/2 on any stream of the connection.
 */
export class PieceWriter {
  readonly #to: Writable;
  readonly #stallMs: number;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #isWriting = false;
  #patience: PatientTimer | undefined;

  /** @param stallMs how long a viewer may take no piece while one is due, in ms */
  constructor(to: Writable, stallMs: number) {
    this.#to = to;
    this.#stallMs = stallMs;
  }

  /** Not taken yet. */
  get pendingBytes(): number {
    return this.#waitingBytes + this.#to.writableLength;
  }

  write(...buffers: readonly Buffer[]): void {
    for (const buffer of buffers) {
      for (let start = 0; start < buffer.length; start += pieceBytes) {
        this.#waiting.push(buffer.subarray(start, start + pieceBytes));
      }
      this.#waitingBytes += buffer.length;
    }
    this.#next();
  }

  /** Destroys the answer when no piece is taken in time, until all that is pending is gone. */
  expectProgress(): void {
    this.#patience ??= new PatientTimer(this.#stallMs, () => this.#to.destroy());
  }

  /** Hands over what waits, and ends the answer. */
  end(): void {
    for (const buffer of this.#waiting) this.#to.write(buffer);
    this.#forget();
    this.#to.end();
  }

  /** The viewer has gone. */
  close(): void {
    this.#forget();
    this.#patience?.clear();
  }

  #next(): void {
    if (this.#isWriting || this.#waiting.length === 0) return;
    this.#isWriting = true;
    this.#to.cork();
    const piece = this.#takePiece();
    for (const [index, buffer] of piece.entries()) {
      if (index < piece.length - 1) this.#to.write(buffer);
      else this.#to.write(buffer, (error) => this.#taken(error));
    }
    this.#to.uncork();
  }

  #takePiece(): Buffer[] {
    let byteCount = 0;
    const end = this.#waiting.findIndex((buffer) => (byteCount += buffer.length) >= pieceBytes);
    const piece = this.#waiting.splice(0, end === -1 ? this.#waiting.length : end + 1);
    this.#waitingBytes -= byteCount;
    return piece;
  }

  #taken(error: Error | null | undefined): void {
    this.#isWriting = false;
    if (error) return;
    if (this.#waiting.length > 0) {
      this.#patience?.refresh();
      this.#next();
    } else {
      // From here on silence is the camera's.
      this.#patience?.clear();
      this.#patience = undefined;
    }
  }

  #forget(): void {
    this.#waiting = [];
    this.#waitingBytes = 0;
  }
}
