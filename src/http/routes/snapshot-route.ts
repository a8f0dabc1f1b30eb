import type { Snapshot } from '../../outputs/viewable-camera.ts';
import { matchesEtag, type Answers } from '../answers.ts';
import { viewerKey, type Exchange } from '../exchange.ts';
import { HeldAnswers } from './held-answers.ts';
import { readSnapshotQuery } from './query.ts';

/** `snapshot.jpg`: the newest frame of a camera. */
export class SnapshotRoute {
  readonly #answers: Answers;
  readonly #held: HeldAnswers<Snapshot>;

  constructor(answers: Answers) {
    this.#answers = answers;
    this.#held = new HeldAnswers({
      deliver: (exchange, snapshot) => this.#send(exchange, snapshot),
      fail: (exchange, error) => answers.fail(exchange, error, exchange.camera.id),
    });
  }

  /** Throws query-invalid, or answers later. */
  handle(exchange: Exchange): void {
    const { camera, request, scope, target } = exchange;
    const asked = readSnapshotQuery(target.query);
    scope.onEnd(camera.viewers.visit('snapshot', viewerKey(request), false));
    const key = `${camera.id} ${asked.maxAgeMs ?? ''} ${asked.width ?? ''}`;
    if (this.#held.join(key, exchange)) return;
    this.#held.hold(key, camera.snapshot(asked, this.#held.signal), exchange);
  }

  /** Ends every held request with this reason. */
  abortAll(reason: Error): void {
    this.#held.abortAll(reason);
  }

  #send(exchange: Exchange, { bytes, takenAtMs, ageMs, etag }: Snapshot): void {
    const { camera, request } = exchange;
    const takenAt = new Date(takenAtMs);
    const headers = [
      'ETag',
      etag,
      'Last-Modified',
      takenAt.toUTCString(),
      'Age',
      String(Math.floor(ageMs() / 1000)),
      'Cache-Control',
      'no-cache',
      ...this.#answers.corsFor(request),
    ];
    if (isNotModified(exchange, etag, takenAtMs)) {
      this.#answers.send(exchange, 304, headers, undefined);
      return;
    }
    const stamp = takenAt.toISOString().replace(/[-:]|\.\d+/g, '');
    headers.push(
      'Content-Type',
      'image/jpeg',
      // The bytes are the camera's, whatever they are.
      'X-Content-Type-Options',
      'nosniff',
      'Content-Length',
      String(bytes.length),
      'Content-Disposition',
      `inline; filename="${camera.id}-${stamp}.jpg"`,
    );
    this.#answers.send(exchange, 200, headers, bytes);
    if (request.method === 'GET') camera.viewers.delivered('snapshot', bytes.length);
  }
}

/** If-None-Match decides alone where it is given (RFC 9110, 13.1.3); dates have whole seconds. */
function isNotModified({ request }: Exchange, etag: string, takenAtMs: number): boolean {
  const match = request.headers['if-none-match'];
  if (match !== undefined) return matchesEtag(match, etag);
  const since = Date.parse(request.headers['if-modified-since'] ?? '');
  return !Number.isNaN(since) && Math.floor(takenAtMs / 1000) * 1000 <= since;
}
