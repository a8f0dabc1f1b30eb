import { UpstreamError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import type { RateLimit } from '../../lib/time/rate-limit.ts';
import { retryDelayMs } from '../../lib/time/retry.ts';
import { settled } from '../../lib/time/settled.ts';
import { sleep } from '../../lib/time/sleep.ts';
import type { Via } from '../../config/config.ts';
import type { Source, SourceSession } from '../../sources/source.ts';
import type { Intake } from '../intake.ts';
import { asFailure } from './as-failure.ts';
import { newDials, type Takeover } from './dial-memory.ts';
import { paceOf } from './retry-paces.ts';
import {
  next,
  type FailedState,
  type Failure,
  type SupervisorEvent,
  type SupervisorState,
} from './supervisor-state.ts';
import { judgeSilence, lookEveryMs, Wakefulness, type WatchedAges } from './watchdog.ts';

export type CameraVia = Exclude<Via, 'auto'>;
export type CameraSource = Source<CameraVia>;

export interface SupervisorOptions {
  readonly source: CameraSource;
  readonly intake: Intake;
  /** Longest silence before a session counts as failed, in milliseconds. */
  readonly stallMs: number;
  readonly log: Log;
  /** Called after every change of state. */
  readonly onChange: () => void;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  readonly random: () => number;
  /** undefined: this process has never dialled the device. */
  readonly past?: Takeover | undefined;
}

/**
 * Keeps the one session of a camera while there is demand: dials, pumps its media into the intake, watches for
 * silence, and decides alone when to try again. Everything else only reports.
 */
export class Supervisor {
  readonly connects = new Map<string, number>();
  readonly dials: RateLimit;
  stallsTotal = 0;
  #via: CameraVia | undefined;
  #state: SupervisorState;
  #isWanted = false;
  #wake: AbortController = new AbortController();
  #lastFailure: Failure | undefined;
  readonly #options: SupervisorOptions;
  readonly #end = new AbortController();
  /** Of the wait for the next retry; aborted when that comes sooner. */
  #pause = new AbortController();
  #running: Promise<void> | undefined;
  #sessionFailure: ((failure: Failure) => void) | undefined;

  constructor(options: SupervisorOptions) {
    const { past, now } = options;
    this.#options = options;
    this.dials = past?.dials ?? newDials();
    const refusal = past?.refusal();
    this.#lastFailure = refusal?.failure;
    this.#state = refusal ?? {
      ...{ name: 'idle', sinceMs: now(), attempt: 0, lastFailure: undefined },
    };
    this.#ensureRunning();
  }

  get state(): SupervisorState {
    return this.#state;
  }

  /** The way in that worked last; undefined before the first success. */
  get via(): CameraVia | undefined {
    return this.#via;
  }

  /** The failure to show: the current one, or the one that made the camera reconnect. */
  get lastFailure(): Failure | undefined {
    return this.#lastFailure;
  }

  /** How long the camera was held back because it sent more than `maxBitrate`, in all. */
  get heldBackSeconds(): number {
    return this.#options.source.heldBackSeconds;
  }

  /** Whether anybody wants the session. Losing the last demand ends it at once: the linger is the demand's. */
  setWanted(isWanted: boolean): void {
    if (isWanted === this.#isWanted) return;
    this.#isWanted = isWanted;
    this.#wake.abort();
    this.#wake = new AbortController();
    this.#ensureRunning();
  }

  /** Ends the wait of a failed camera, as far as its failure and the bound of its dials allow. */
  retry(): void {
    const nowMs = this.#options.now();
    this.#dispatch({ type: 'retry-asked', atMs: nowMs + this.dials.waitMs(nowMs) });
    this.#pause.abort();
  }

  /** A part behind the session cannot go on with it: counts as its failure. Without effect when it is over. */
  fail(failure: Failure): void {
    this.#sessionFailure?.(failure);
  }

  async dispose(): Promise<void> {
    this.#end.abort();
    this.#pause.abort();
    this.#isWanted = false;
    this.#wake.abort();
    await this.#running;
    await this.#options.source.dispose();
  }

  /** The run ends when nobody wants the camera and no retry is due; a lease just then starts it again. */
  #ensureRunning(): void {
    const isNeeded = this.#isWanted || 'failure' in this.#state;
    if (!isNeeded || this.#end.signal.aborted) return;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      this.#ensureRunning();
    });
  }

  async #run(): Promise<void> {
    while (!this.#end.signal.aborted) {
      await this.#waitForRetry();
      if (!this.#isWanted) break;
      if (await this.#mayDial()) await this.#runSession();
    }
  }

  /** A failed state is kept until its retry is due, wanted or not. */
  async #waitForRetry(): Promise<void> {
    while ('failure' in this.#state && !this.#end.signal.aborted) {
      this.#pause = new AbortController();
      await sleep(this.#state.retryAtMs - this.#options.now(), this.#pause.signal);
      if (this.#state.retryAtMs > this.#options.now()) continue;
      if (this.#isWanted) return;
      this.#dispatch({ type: 'retry-due' });
    }
  }

  /** Waits for the dial budget; false when nobody wants the camera any more. */
  async #mayDial(): Promise<boolean> {
    for (;;) {
      const waitMs = this.dials.waitMs(this.#options.now());
      if (waitMs === 0 || !this.#isWanted) return this.#isWanted;
      await sleep(waitMs, this.#wake.signal);
    }
  }

  async #runSession(): Promise<void> {
    const { source, intake, log, now, past } = this.#options;
    const released = this.#wake.signal;
    this.dials.record(now());
    this.#dispatch({ type: 'dial' });
    let session: SourceSession<CameraVia> | undefined;
    try {
      if (past !== undefined) await settled(past.deviceFree, released);
      released.throwIfAborted();
      const refusal = past?.refusal();
      if (refusal !== undefined) {
        this.#forestalled(refusal);
        return;
      }
      session = await source.open(released);
      this.#via = session.via;
      this.#count('ok');
      intake.begin(now());
      this.#dispatch({ type: 'opened' });
      log.info('session opened', { via: session.via });
      await this.#pump(session, released);
      throw new UpstreamError('closed', 'the camera closed the stream');
    } catch (error) {
      const isOpen = session !== undefined;
      // What a dial has learned about the password outlives its viewers: the next dial must not send it again at once.
      const isJudged = error instanceof UpstreamError && !isOpen;
      if (released.aborted && !isJudged) this.#dispatch({ type: 'released' });
      else this.#failed(error, isOpen);
    } finally {
      intake.end();
      await session?.close();
    }
  }

  /** Returns when the camera closes the stream or the demand ends; throws when the session fails. */
  async #pump(session: SourceSession<CameraVia>, released: AbortSignal): Promise<void> {
    const { intake, now } = this.#options;
    let failure: Failure | undefined;
    const close = (): void => void session.close();
    const failWith = (why: Failure): void => {
      failure ??= why;
      close();
    };
    this.#sessionFailure = failWith;
    const openedAtMs = now();
    const awake = new Wakefulness(openedAtMs);
    // After a sleep, either the data waiting in the socket or this timer comes first.
    const lookAround = (): void => {
      if (awake.look(now())) intake.meter.interrupt();
    };
    const timer = setInterval(() => {
      lookAround();
      const { paceMs } = session;
      this.#watch({ openedAtMs, awakeSinceMs: awake.sinceMs, paceMs }, failWith);
    }, lookEveryMs);
    released.addEventListener('abort', close, { once: true });
    if (released.aborted) close();
    try {
      for await (const batch of session.batches) {
        lookAround();
        const framesBefore = intake.meter.framesTotal;
        intake.take(batch, now());
        if (this.#state.name === 'stalled' && intake.meter.framesTotal > framesBefore) {
          this.#dispatch({ type: 'frame' });
        }
      }
    } finally {
      clearInterval(timer);
      released.removeEventListener('abort', close);
      this.#sessionFailure = undefined;
    }
    if (failure !== undefined) throw new UpstreamError(failure.reason, failure.message);
  }

  #watch(
    since: Pick<WatchedAges, 'openedAtMs' | 'awakeSinceMs' | 'paceMs'>,
    failWith: (failure: Failure) => void,
  ): void {
    const { intake, stallMs, now } = this.#options;
    const { meter, timing } = intake;
    const verdict = judgeSilence(
      {
        ...since,
        lastByteAtMs: meter.lastByteAtMs,
        lastFrameAtMs: meter.lastFrameAtMs,
        paceMs: longest(timing.frameIntervalMs, since.paceMs),
        longestKeyframeMs: meter.longestGopMs,
      },
      stallMs,
      now(),
    );
    if (verdict.type === 'failed') {
      this.stallsTotal++;
      failWith(verdict.failure);
    } else if (verdict.type === 'quiet') this.#dispatch({ type: 'quiet' });
  }

  #forestalled(refusal: FailedState): void {
    this.#lastFailure = refusal.failure;
    this.#dispatch({ type: 'forestalled', refusal });
  }

  #failed(error: unknown, wasOpen: boolean): void {
    const failure = asFailure(error);
    const leastDelayMs = error instanceof UpstreamError ? (error.retryAfterMs ?? 0) : 0;
    if (!wasOpen) this.#count(failure.reason);
    this.#lastFailure = failure;
    this.#dispatch({ type: 'failed', failure, leastDelayMs });
    const { state } = this;
    if (!('retryAtMs' in state)) return;
    const { log, now } = this.#options;
    const { reason, message } = failure;
    const { attempt } = state;
    const retryInSeconds = Math.round((state.retryAtMs - now()) / 100) / 10;
    const details = { reason, attempt, retryInSeconds };
    // Attempts 1, 2, 4, 8 …: a camera that is offline for a week must not fill the log.
    const isTold = Number.isInteger(Math.log2(attempt));
    log[isTold ? 'warn' : 'debug'](`camera offline: ${message}`, details);
  }

  #count(outcome: string): void {
    this.connects.set(outcome, (this.connects.get(outcome) ?? 0) + 1);
  }

  #dispatch(event: SupervisorEvent): void {
    const { now, random, log, onChange } = this.#options;
    const before = this.#state;
    this.#state = next(before, event, {
      nowMs: now(),
      delayMs: (reason, attempt) => retryDelayMs(paceOf(reason), attempt, random()),
    });
    if (this.#state === before) return;
    if (event.type === 'released') this.#lastFailure = undefined;
    log.debug(`supervisor ${before.name} -> ${this.#state.name}`);
    onChange();
  }
}

function longest(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.max(one, other);
}
