import type { Answer, CheckClient } from './check-client.ts';
import { applyDelta, compareExpanded, isSameVersion } from './playlists/delta.ts';
import { withQuery, type Query } from './directive-probes.ts';
import { hasPart, nextPartOf, type PartNumber } from './playlists/live-edge.ts';
import { readMediaPlaylist, type ReadPlaylist } from './playlists/m3u8.ts';
import { checkPlaylist } from './playlists/playlist-rules.ts';
import { checkTransition } from './playlists/transition-rules.ts';
import type { Findings } from './violations.ts';

export interface FollowOptions {
  readonly client: CheckClient;
  readonly findings: Findings;
  /** Address of the media playlist. */
  readonly url: URL;
  /** Longest frame of the stream, in seconds. */
  readonly frameSeconds: number;
  /** Whether the camera may be away for a while, so that held requests end with 503. */
  readonly mayPause: boolean;
  /** Every playlist, whole, with the time at which it was surely made already. */
  readonly onPlaylist: (playlist: ReadPlaylist, madeAtMs: number) => void;
  /** What came in answer to the hint; false when it is not what it should be. */
  readonly onHinted: (uri: string, bytes: Buffer) => boolean;
}

/** Two answers that one part sets free come this close together, and a hold ends this close to its limit, in ms. */
const lateMs = 1000;
/** What is asked for as a delta beside the whole playlist, in turn. */
const deltas = ['YES', undefined, 'v2', undefined];

/**
 * Follows one media playlist as a low-latency player does: a blocking reload for every part and a request for the
 * hinted part at the same moment, and beside them the same reload as a delta.
 */
export class LowLatencyClient {
  readonly #options: FollowOptions;
  #round = 0;
  #pauseCount = 0;
  #skippedCount = 0;
  #changedAtMs = performance.now();

  constructor(options: FollowOptions) {
    this.#options = options;
  }

  /** Requests that were held in vain. */
  get pauseCount(): number {
    return this.#pauseCount;
  }

  /** Segments that deltas left out. */
  get skippedCount(): number {
    return this.#skippedCount;
  }

  /** undefined when there is none, which is reported. */
  async load(): Promise<ReadPlaylist | undefined> {
    const answer = await this.#options.client.get('playlist', this.#options.url);
    if (answer.status !== 200) {
      this.#options.findings.report('playlist-there', '6.2.1', `it answers ${answer.status}`);
      return undefined;
    }
    const playlist = readMediaPlaylist(answer.body.toString());
    this.#look(playlist, answer);
    return playlist;
  }

  /** One part further; the same playlist when the camera was away meanwhile. */
  async follow(playlist: ReadPlaylist): Promise<ReadPlaylist> {
    const wanted = nextPartOf(playlist);
    const query = { _HLS_msn: wanted.msn, _HLS_part: wanted.part };
    const skip = deltas[this.#round % deltas.length];
    this.#round += 1;
    const hint = playlist.preloadHints.find(({ type }) => type === 'PART')?.uri;
    // Parts are promised for three target durations; a client that was slower than that may find none.
    const isLate = this.#sinceChangeMs() > 3000 * playlist.targetDuration;
    const [reload, delta, hinted] = await Promise.all([
      this.#reload(query),
      skip === undefined ? undefined : this.#reload({ ...query, _HLS_skip: skip }),
      hint === undefined ? undefined : this.#media(hint),
    ]);
    for (const answer of [reload, delta, hinted]) {
      if (answer) this.#checkHold(answer, 3000 * playlist.targetDuration);
    }
    this.#checkTogether(reload, hinted);
    if (hint !== undefined && hinted !== undefined && !isLate) this.#checkHinted(hint, hinted);
    const next = this.#readReload(reload, wanted);
    if (next === undefined) return playlist;
    const isFresh = this.#sinceChangeMs() < 500 * Number(next.serverControl.get('CAN-SKIP-UNTIL'));
    this.#checkPace(next, reload);
    this.#look(next, reload);
    this.#options.findings.add(checkTransition(playlist, next));
    // A client whose playlist is older than half the boundary knows that it must not use a delta (6.3.7).
    if (delta !== undefined && isFresh) this.#checkDelta(playlist, next, delta);
    return next;
  }

  #look(playlist: ReadPlaylist, answer: Answer): void {
    const { findings, frameSeconds, onPlaylist } = this.#options;
    findings.add(checkPlaylist(playlist, { frameSeconds }));
    onPlaylist(playlist, answer.receivedAtMs - Math.min(answer.lostMs, answer.tookMs));
  }

  #readReload(answer: Answer, wanted: PartNumber): ReadPlaylist | undefined {
    const { findings, mayPause } = this.#options;
    if (answer.status === 503) {
      this.#pauseCount += 1;
      // The next version is counted from here.
      this.#changedAtMs = performance.now();
      if (!mayPause) findings.report('held-in-vain', '6.2.5.2', `${nameOf(wanted)}: 503`);
      return undefined;
    }
    if (answer.status !== 200) {
      if (answer.status > 0) {
        findings.report('blocking-reload', '6.2.5.2', `${nameOf(wanted)}: ${answer.status}`);
      }
      return undefined;
    }
    const playlist = readMediaPlaylist(answer.body.toString());
    if (!hasPart(playlist, wanted)) {
      const detail = `${nameOf(wanted)} was asked for and answered without it`;
      findings.report('blocking-reload', '6.2.5.2', detail);
    }
    return playlist;
  }

  /** What is held longer than three target durations ends with 503, and no earlier (6.2.5.2). */
  #checkHold(answer: Answer, limitMs: number): void {
    const { report } = this.#options.findings;
    const took = `${answer.status} after ${Math.round(answer.tookMs)} ms of ${limitMs}`;
    if (answer.tookMs > limitMs + lateMs + answer.lostMs) report('hold-limit', '6.2.5.2', took);
    if (answer.status === 503 && answer.tookMs < limitMs - lateMs / 2) {
      report('hold-limit', '6.2.5.2', took);
    }
  }

  /** Reload and hinted part wait for the same part. */
  #checkTogether(reload: Answer, hinted: Answer | undefined): void {
    if (hinted?.status !== 200 || reload.status !== 200) return;
    const apartMs = Math.round(reload.tookMs - hinted.tookMs);
    if (Math.abs(apartMs) <= lateMs + Math.max(reload.lostMs, hinted.lostMs)) return;
    const who = apartMs > 0 ? 'the playlist' : 'the hinted part';
    const detail = `${who} came ${Math.abs(apartMs)} ms after the other`;
    this.#options.findings.report('late-answer', '6.2.5.2', detail);
  }

  #checkHinted(uri: string, answer: Answer): void {
    const { findings, onHinted } = this.#options;
    if (answer.status === 503 || answer.status === 0) return;
    if (answer.status !== 200 || answer.body.length === 0) {
      const detail = `${uri} answered ${answer.status}, ${answer.body.length} bytes`;
      findings.report('preload-hint-true', '4.4.5.3', detail);
    } else if (!onHinted(uri, answer.body)) {
      findings.report('same-bytes', '4.4.5.3', `${uri} has other bytes than before`);
    }
  }

  /** A new version comes within one and a half target durations of the last, for which the reload is asked (6.2.2). */
  #checkPace(next: ReadPlaylist, { tookMs, lostMs }: Answer): void {
    const { findings, mayPause } = this.#options;
    this.#changedAtMs = performance.now();
    if (!mayPause && tookMs > 1500 * next.targetDuration + lostMs) {
      findings.report('update-in-time', '6.2.2', `${Math.round(tookMs)} ms without a new version`);
    }
  }

  #sinceChangeMs(): number {
    return performance.now() - this.#changedAtMs;
  }

  #checkDelta(previous: ReadPlaylist, next: ReadPlaylist, answer: Answer): void {
    if (answer.status !== 200) return;
    const { findings, frameSeconds } = this.#options;
    const delta = readMediaPlaylist(answer.body.toString());
    this.#skippedCount += delta.skippedCount;
    const { playlist, violations } = applyDelta(previous, delta);
    findings.add(violations);
    findings.add(checkPlaylist(playlist, { frameSeconds }));
    findings.add(checkTransition(previous, playlist));
    if (isSameVersion(playlist, next)) findings.add(compareExpanded(playlist, next));
  }

  #reload(query: Query): Promise<Answer> {
    return this.#options.client.get('blocking', withQuery(this.#options.url, query));
  }

  #media(uri: string): Promise<Answer> {
    return this.#options.client.get('media', new URL(uri, this.#options.url));
  }
}

function nameOf({ msn, part }: PartNumber): string {
  return `part ${part} of segment ${msn}`;
}
