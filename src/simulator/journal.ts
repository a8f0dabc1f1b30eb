import { stripModulus } from './streams/frame-strip.ts';

export type AuthKind = 'none' | 'basic' | 'digest' | 'query' | 'session' | 'ticket';

/** One request, as it came and as it was answered. */
export interface JournalEntry {
  /** Counts up from 1. */
  readonly number: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly method: string;
  /** Without the leading slash and the query. */
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** What the request carried, whether it was accepted or not. */
  readonly authKind: AuthKind;
  /** Undefined until the answer begins, and for ever when the connection was closed unanswered. */
  readonly status: number | undefined;
  readonly sentBytes: number;
  /** Milliseconds since the epoch; undefined while the connection is open. */
  readonly endedAt: number | undefined;
  /** An answer without an end: it counts as an open stream until it ends. */
  readonly isStream: boolean;
}

type OpenEntry = { -readonly [Key in keyof JournalEntry]: JournalEntry[Key] };

/** How the simulator reports on one request. */
export interface JournalRecorder {
  auth(kind: AuthKind): void;
  answered(status: number): void;
  streaming(): void;
  sent(byteCount: number): void;
  ended(): void;
}

/** Old requests are forgotten beyond this. */
const entryLimit = 10_000;

/** Everything that happened on the wire, for tests to prove what a client does and does not do. */
export class Journal {
  readonly #entries: OpenEntry[] = [];
  readonly #framesSent = new Map<number, number>();
  readonly #waiting = new Set<() => void>();
  #requestCount = 0;
  #openStreamCount = 0;
  #mostOpenStreams = 0;

  get requests(): readonly JournalEntry[] {
    return this.#entries;
  }

  /** Frame number of the strip to the time of its last send, ms since the epoch. At most stripModulus entries. */
  get framesSent(): ReadonlyMap<number, number> {
    return this.#framesSent;
  }

  get openStreams(): readonly JournalEntry[] {
    return this.#entries.filter(({ isStream, endedAt }) => isStream && endedAt === undefined);
  }

  /** Requests of one path (`av.asf`), in the order of arrival. */
  of(path: string): readonly JournalEntry[] {
    return this.#entries.filter((entry) => entry.path === path);
  }

  count(path: string): number {
    return this.of(path).length;
  }

  /** Most streams that were open at the same time, counted as they begin and end: within a millisecond much happens. */
  get mostOpenStreams(): number {
    return this.#mostOpenStreams;
  }

  /** Resolves as soon as the predicate holds; rejects after `timeoutMs` with the requests seen so far. */
  waitFor(predicate: (journal: Journal) => boolean, timeoutMs = 5000): Promise<void> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        if (!predicate(this)) return;
        resolve();
        clearTimeout(timer);
        this.#waiting.delete(check);
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(check);
        const seen = this.#entries
          .slice(-20)
          .map((entry) => `${entry.path} ${String(entry.status)}`);
        reject(new Error(`not within ${timeoutMs} ms; requests: ${seen.join(', ') || 'none'}`));
      }, timeoutMs);
      this.#waiting.add(check);
      check();
    });
  }

  record(request: Pick<JournalEntry, 'method' | 'path' | 'parameters'>): JournalRecorder {
    const entry: OpenEntry = {
      number: ++this.#requestCount,
      at: Date.now(),
      ...request,
      authKind: 'none',
      status: undefined,
      sentBytes: 0,
      endedAt: undefined,
      isStream: false,
    };
    this.#entries.push(entry);
    if (this.#entries.length > entryLimit) this.#entries.shift();
    this.#changed();
    return {
      auth: (kind) => (entry.authKind = kind),
      answered: (status) => {
        entry.status = status;
        this.#changed();
      },
      streaming: () => {
        if (!entry.isStream && entry.endedAt === undefined) this.#openStreamCount += 1;
        this.#mostOpenStreams = Math.max(this.#mostOpenStreams, this.#openStreamCount);
        entry.isStream = true;
        this.#changed();
      },
      sent: (byteCount) => (entry.sentBytes = byteCount),
      ended: () => {
        if (entry.isStream && entry.endedAt === undefined) this.#openStreamCount -= 1;
        entry.endedAt ??= Date.now();
        this.#changed();
      },
    };
  }

  frameSent(frameNumber: number): void {
    this.#framesSent.set(frameNumber % stripModulus, Date.now());
    this.#changed();
  }

  toJSON(): object {
    return {
      requests: this.#entries,
      framesSent: Object.fromEntries(this.#framesSent),
      openStreams: this.openStreams.length,
    };
  }

  #changed(): void {
    for (const check of this.#waiting) check();
  }
}
