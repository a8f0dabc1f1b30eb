import type { Observer } from './player.ts';
import { Sightings } from './sightings.ts';

interface Remark {
  readonly atMs: number;
  readonly text: string;
}

const mostRemarks = 200;
const mostLogLines = 20_000;

/** Keeps what one player tells during a run. */
export class WatchedPlayer implements Observer {
  readonly sightings: Sightings;
  readonly logLines: string[] = [];
  readonly #complaints: Remark[] = [];
  #ended: Remark | undefined;
  #askedMs = Date.now();

  constructor(sentAt: (frame: number) => number | undefined) {
    this.sightings = new Sightings(sentAt);
  }

  get end(): Remark | undefined {
    return this.#ended;
  }

  get askedMs(): number {
    return this.#askedMs;
  }

  asked(): void {
    this.#askedMs = Date.now();
  }

  sawFrame(frame: number | undefined, atMs = Date.now()): void {
    this.sightings.sawFrame(frame, atMs);
  }

  sawPosition(seconds: number): void {
    this.sightings.sawPosition(seconds, Date.now());
  }

  complained(text: string): void {
    if (this.#complaints.length < mostRemarks) this.#complaints.push({ atMs: Date.now(), text });
    this.log(`complaint: ${text}`);
  }

  ended(text: string): void {
    this.#ended ??= { atMs: Date.now(), text };
    this.log(`ended: ${text}`);
  }

  log(text: string): void {
    if (this.logLines.length < mostLogLines) {
      this.logLines.push(`${new Date().toISOString()} ${text}`);
    }
  }

  complaintsBetween(fromMs: number, toMs: number): string[] {
    return this.#complaints
      .filter(({ atMs }) => atMs >= fromMs && atMs < toMs)
      .map(({ text }) => text);
  }
}
