import { PatientTimer } from '../lib/time/patient-timer.ts';

/**
 * Whether anybody wants something: leases that last until released, touches that last for the linger time.
 * Demand goes on for `lingerMs` after the last of both, so that ten snapshots in a row are one session.
 */
export class Demand {
  readonly #lingerMs: number;
  readonly #now: () => number;
  readonly #onChange: (isActive: boolean) => void;
  readonly #isHeld: () => boolean;
  #leaseCount = 0;
  #isActive = false;
  #endsAtMs = 0;
  /** Requests that came while this process slept are read before the demand ends. */
  #timer: PatientTimer | undefined;
  #isDisposed = false;

  /**
   * `now` is a monotonic clock. `isHeld` is asked when the linger is over: requests that are waiting for an answer keep
   * the demand.
   */
  constructor(
    { lingerMs, now }: { readonly lingerMs: number; readonly now: () => number },
    onChange: (isActive: boolean) => void,
    isHeld: () => boolean = () => false,
  ) {
    this.#lingerMs = lingerMs;
    this.#now = now;
    this.#onChange = onChange;
    this.#isHeld = isHeld;
  }

  get isActive(): boolean {
    return this.#isActive;
  }

  /**
   * Call the returned function once when the viewer is gone; further calls do nothing. `lingers: false` is for a
   * lease whose owner has lingered already.
   */
  lease({ lingers } = { lingers: true }): () => void {
    this.#leaseCount++;
    this.#begin();
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#leaseCount--;
      if (lingers) this.touch();
      else if (this.#timer === undefined) this.#expire();
    };
  }

  /** Someone was just here. Cheap enough for every request: the timer is only re-armed when it fires. */
  touch(): void {
    if (this.#isDisposed) return;
    this.#endsAtMs = this.#now() + this.#lingerMs;
    this.#begin();
    this.#timer ??= new PatientTimer(this.#lingerMs, () => this.#expire());
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#timer?.clear();
  }

  #begin(): void {
    if (this.#isActive || this.#isDisposed) return;
    this.#isActive = true;
    this.#onChange(true);
  }

  #expire(): void {
    this.#timer = undefined;
    if (this.#leaseCount > 0 || this.#isDisposed) return;
    const leftMs = this.#isHeld() ? this.#lingerMs : this.#endsAtMs - this.#now();
    if (leftMs > 0) {
      this.#timer = new PatientTimer(Math.ceil(leftMs), () => this.#expire());
      return;
    }
    this.#isActive = false;
    this.#onChange(false);
  }
}
