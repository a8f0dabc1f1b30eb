import { randomInt } from 'node:crypto';
import type { SimulatedUser } from './accounts.ts';

/** Milliseconds of a monotonic clock; injectable, so that tests need not wait for minutes to pass. */
export type Now = () => number;

const sessionLifeMs = 600_000;
const ticketLifeMs = 60_000;
/** A full table is a documented refusal of the device. */
const sessionLimit = 32;
const ticketLimit = 64;

export interface SimulatedSession {
  readonly id: number;
  readonly user: SimulatedUser;
  readonly usedAt: number;
}

/** Sessions live 10 minutes after their last successful use (camera-protocol.md section 2). */
export class SessionTable {
  readonly #now: Now;
  readonly #sessions = new Map<number, SimulatedSession>();

  constructor(now: Now) {
    this.#now = now;
  }

  /** The new session's id, or 0 when the table is full. */
  create(user: SimulatedUser): number {
    if (this.list().length >= sessionLimit) return 0;
    const id = positiveId();
    this.#sessions.set(id, { id, user, usedAt: this.#now() });
    return id;
  }

  /** The session's user; a use is what keeps the session alive. */
  use(id: number): SimulatedUser | undefined {
    const session = this.list().find((candidate) => candidate.id === id);
    if (!session) return undefined;
    this.#sessions.set(id, { ...session, usedAt: this.#now() });
    return session.user;
  }

  close(id: number): boolean {
    return this.#sessions.delete(id);
  }

  list(): SimulatedSession[] {
    for (const session of this.#sessions.values()) {
      if (this.#now() - session.usedAt > sessionLifeMs) this.#sessions.delete(session.id);
    }
    return [...this.#sessions.values()];
  }

  clear(): void {
    this.#sessions.clear();
  }
}

/** What request_av.cgi granted and the stream that redeems the ticket gets. */
export interface AvGrant {
  readonly video: boolean;
  readonly audio: boolean;
  /** 1-based. */
  readonly stream: number;
}

/** Tickets of request_av.cgi: for one use within a minute. */
export class TicketBox {
  readonly #now: Now;
  readonly #tickets = new Map<number, { grant: AvGrant; issuedAt: number }>();

  constructor(now: Now) {
    this.#now = now;
  }

  issue(grant: AvGrant): number {
    for (const [id, { issuedAt }] of this.#tickets) {
      if (this.#now() - issuedAt > ticketLifeMs || this.#tickets.size >= ticketLimit)
        this.#tickets.delete(id);
    }
    const id = positiveId();
    this.#tickets.set(id, { grant, issuedAt: this.#now() });
    return id;
  }

  redeem(id: number): AvGrant | undefined {
    const ticket = this.#tickets.get(id);
    this.#tickets.delete(id);
    return ticket && this.#now() - ticket.issuedAt <= ticketLifeMs ? ticket.grant : undefined;
  }

  clear(): void {
    this.#tickets.clear();
  }
}

export const lockoutRules = { retryTimes: 10, retryPeriodMs: 5_000, deniedMs: 160_000 } as const;

/** Brute-force defence: ten wrong passwords in five seconds shut everybody out (camera-protocol.md section 1). */
export class Lockout {
  readonly #now: Now;
  #failures: number[] = [];
  #lockedAt = Number.NEGATIVE_INFINITY;

  constructor(now: Now) {
    this.#now = now;
  }

  fail(): void {
    const now = this.#now();
    this.#failures = this.#failures.filter((at) => now - at < lockoutRules.retryPeriodMs);
    this.#failures.push(now);
    if (this.#failures.length < lockoutRules.retryTimes) return;
    this.#failures = [];
    this.#lockedAt = now;
  }

  get isLocked(): boolean {
    return this.#now() - this.#lockedAt < lockoutRules.deniedMs;
  }

  /** Wrong passwords that still count. */
  get errorCount(): number {
    return this.#failures.filter((at) => this.#now() - at < lockoutRules.retryPeriodMs).length;
  }

  /** Time since the lock began, 0 when there is none. */
  get deniedForMs(): number {
    return this.isLocked ? this.#now() - this.#lockedAt : 0;
  }

  clear(): void {
    this.#failures = [];
    this.#lockedAt = Number.NEGATIVE_INFINITY;
  }
}

/** Snapshots faster than this for two minutes wedge the encoder of the f99 until a power cycle. */
const wedgeRate = { perSecond: 4, forMs: 120_000 } as const;

export class SnapshotEncoder {
  readonly #now: Now;
  #takenAt: number[] = [];
  #isWedged = false;

  constructor(now: Now) {
    this.#now = now;
  }

  /** Counts one snapshot; false when the encoder is wedged. */
  take(): boolean {
    const now = this.#now();
    this.#takenAt = this.#takenAt.filter((at) => now - at < wedgeRate.forMs);
    this.#takenAt.push(now);
    if (this.#takenAt.length > (wedgeRate.perSecond * wedgeRate.forMs) / 1000)
      this.#isWedged = true;
    return !this.#isWedged;
  }

  /** The power cycle. */
  clear(): void {
    this.#takenAt = [];
    this.#isWedged = false;
  }
}

/** Samples of the documents are positive 31 bit integers. */
function positiveId(): number {
  return randomInt(1, 2 ** 31 - 1);
}
