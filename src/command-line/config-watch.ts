import { readFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import type { Log } from '../lib/log.ts';
import { PathWatch } from '../lib/system/path-watch.ts';

export interface ConfigWatchOptions {
  /** Absolute. */
  readonly file: string;
  readonly onChange: () => void;
  readonly log: Log;
  /** See `settleMs`. */
  readonly settleMs?: number;
}

/**
 * A file is taken when it has been the same for so long, in milliseconds: an editor may write it in several steps, and
 * half of a file can be a valid configuration with half of the cameras.
 */
const settleMs = 500;
/** Network file systems tell nothing of changes that other machines make. */
const slowCheckMs = 60_000;

/** Tells when the text of the configuration file has become another one, while it is switched on. */
export class ConfigWatch implements Disposable {
  readonly #options: ConfigWatchOptions;
  readonly #settleMs: number;
  #watch: PathWatch | undefined;
  #slowCheck: NodeJS.Timeout | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;
  /** Signs of a change, of which some may come during a look. */
  #signCount = 0;
  /** The text that was told of last; undefined: the file could not be read. */
  #known: string | undefined;
  /** What the last look has found. */
  #seen: string | undefined;

  constructor(options: ConfigWatchOptions) {
    this.#options = options;
    this.#settleMs = options.settleMs ?? settleMs;
    this.#known = this.#seen = readNow(options.file);
  }

  /** Changes from before are told of as well. */
  set isOn(isOn: boolean) {
    if (isOn === (this.#watch !== undefined)) return;
    if (!isOn) {
      this[Symbol.dispose]();
      return;
    }
    const { file, log } = this.#options;
    this.#watch = new PathWatch({
      paths: [file],
      onChange: () => this.#lookIn(this.#settleMs),
      log,
    });
    this.#slowCheck = setInterval(() => this.#lookIn(0), slowCheckMs).unref();
    this.#lookIn(0);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#slowCheck);
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#watch?.[Symbol.dispose]();
    this.#watch = undefined;
  }

  #lookIn(delayMs: number): void {
    if (this.#watch === undefined) return;
    this.#signCount += 1;
    if (this.#isLooking) return;
    this.#timer ??= setTimeout(() => void this.#lookNow(), delayMs).unref();
  }

  async #lookNow(): Promise<void> {
    this.#timer = undefined;
    this.#isLooking = true;
    const signCount = this.#signCount;
    const isSettled = await this.#hasSettled();
    this.#isLooking = false;
    if (!isSettled || signCount !== this.#signCount) this.#lookIn(this.#settleMs);
  }

  /** false: the file has to be looked at once more, to see whether it stays so. */
  async #hasSettled(): Promise<boolean> {
    await this.#watch?.follow();
    const text = await readFile(this.#options.file, 'utf8').catch(() => undefined);
    if (this.#watch === undefined) return true;
    const isSame = text === this.#seen;
    this.#seen = text;
    if (text === this.#known) return true;
    if (!isSame) return false;
    this.#known = text;
    this.#options.onChange();
    return true;
  }
}

function readNow(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
