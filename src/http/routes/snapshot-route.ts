import fresh from 'fresh';
import type { Snapshot, ViewableCamera } from '../../outputs/viewable-camera.ts';
import type { Answers } from '../answers.ts';
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

  /** Takes the requests that wait for this camera out of their wait; they are the caller's to answer. */
  withdraw(camera: ViewableCamera): readonly Exchange[] {
    return this.#held.withdraw(camera);
  }

  /** Ends every held request with this reason. */
  abortAll(reason: Error): void {
    this.#held.abortAll(reason);
  }

  #send(exchange: Exchange, { bytes, takenAtMs, ageMs, etag }: Snapshot): void {
    const { camera, request } = exchange;
    const takenAt = new Date(takenAtMs);
    const lastModified = takenAt.toUTCString();
    const headers = [
      'ETag',
      etag,
      'Last-Modified',
      lastModified,
      'Age',
      String(Math.floor(ageMs() / 1000)),
      'Cache-Control',
      'no-cache',
      ...this.#answers.corsFor(request),
    ];
    if (fresh(request.headers, { etag, 'last-modified': lastModified })) {
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
