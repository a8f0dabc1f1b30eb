import type { CameraConfig } from '../../config/config.ts';
import { RateLimit } from '../../lib/time/rate-limit.ts';
import type { FailedState, SupervisorState } from './supervisor-state.ts';

/** The hard bound behind every pace: no shape of failure makes a camera see more dials than this in a minute. */
const maxDialsPerMinute = 10;
const minuteMs = 60_000;

/** Identity of a camera's configuration, as far as dials are concerned. */
export type DialledDevice = Pick<CameraConfig, 'url' | 'stream' | 'username' | 'password'>;

/** What the supervisor of a camera has to know of the dials before it existed. */
export interface DialPast {
  readonly dials: RateLimit;
  /** The camera has been sent this login in vain so recently that it must not be sent it yet; asked for anew. */
  readonly refusal: () => FailedState | undefined;
}

/** What it takes over from those that had the device before. */
export interface Takeover extends DialPast {
  /** Settles when they have no session any more; never rejects. */
  readonly deviceFree: Promise<unknown>;
}

export interface DialRecord {
  readonly dials: RateLimit;
  readonly state: SupervisorState;
}

export function newDials(): RateLimit {
  return new RateLimit(maxDialsPerMinute, minuteMs);
}

interface KeptDials {
  readonly dials: RateLimit;
  readonly keptAtMs: number;
}

/**
 * The dials of cameras that were closed because their configuration changed. Another setting or another id makes no
 * other device of them: it gets no more dials a minute, and no password twice that it has just not accepted.
 */
export class DialMemory {
  readonly #now: () => number;
  readonly #dials = new Map<string, KeptDials>();
  readonly #refusals = new Map<string, FailedState>();

  /** @param now milliseconds of a monotonic clock */
  constructor(now: () => number) {
    this.#now = now;
  }

  keep(device: DialledDevice, { dials, state }: DialRecord): void {
    this.#forgetOld();
    this.#dials.set(streamOf(device), { dials, keptAtMs: this.#now() });
    if (!('failure' in state)) return;
    const login = loginOf(device);
    const retryAtMs = state.notBeforeMs;
    const earlierMs = this.#refusals.get(login)?.retryAtMs ?? this.#now();
    if (retryAtMs > earlierMs) this.#refusals.set(login, { ...state, retryAtMs });
  }

  recall(device: DialledDevice): DialPast {
    this.#forgetOld();
    const dials = this.#dials.get(streamOf(device))?.dials ?? newDials();
    return { dials, refusal: () => this.#refusalOf(device) };
  }

  #refusalOf(device: DialledDevice): FailedState | undefined {
    this.#forgetOld();
    return this.#refusals.get(loginOf(device));
  }

  #forgetOld(): void {
    const nowMs = this.#now();
    for (const [key, { keptAtMs }] of this.#dials) {
      if (nowMs - keptAtMs > minuteMs) this.#dials.delete(key);
    }
    for (const [key, { retryAtMs }] of this.#refusals) {
      if (retryAtMs <= nowMs) this.#refusals.delete(key);
    }
  }
}

function streamOf({ url, stream }: DialledDevice): string {
  return `${url.href} ${stream}`;
}

function loginOf({ url, username, password }: DialledDevice): string {
  return JSON.stringify([url.host, username, password]);
}
