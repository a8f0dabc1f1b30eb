import { CodedText } from './content-coding.ts';

/**
 * How long one rendering serves all requests, in ms: that makes a few renderings a second under any load, and is still
 * fresh enough for people and monitoring.
 */
const keepMs = 250;

interface Rendering {
  readonly text: Promise<CodedText>;
  /** On the monotonic clock; Infinity while it is being made. */
  staleAtMs: number;
}

/**
 * A text about the current state: rendered once, and compressed once per encoding, for all requests within a short
 * time.
 */
export class SharedText {
  readonly #render: () => string | Promise<string>;
  readonly #now: () => number;
  #rendering: Rendering | undefined;

  /** @param now monotonic, in ms */
  constructor(render: () => string | Promise<string>, now: () => number) {
    this.#render = render;
    this.#now = now;
  }

  /** Rejects with the error of the rendering; the next request tries again. */
  async current(): Promise<CodedText> {
    if (this.#rendering === undefined || this.#now() >= this.#rendering.staleAtMs) {
      this.#rendering = this.#begin();
    }
    return this.#rendering.text;
  }

  /** What it tells of has changed all at once: the next request gets a new rendering. */
  drop(): void {
    this.#rendering = undefined;
  }

  #begin(): Rendering {
    const rendering: Rendering = { text: this.#make(), staleAtMs: Infinity };
    rendering.text.then(
      () => (rendering.staleAtMs = this.#now() + keepMs),
      () => (rendering.staleAtMs = 0),
    );
    return rendering;
  }

  async #make(): Promise<CodedText> {
    return new CodedText(Buffer.from(await this.#render()));
  }
}
