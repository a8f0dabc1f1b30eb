import { UpstreamError } from '../../lib/errors.ts';
import type { MjpegFrame, ViewableCamera } from '../../outputs/viewable-camera.ts';
import type { Answers } from '../answers.ts';
import type { Exchange, MediaResponse } from '../exchange.ts';
import { ViewerFeed } from '../../outputs/viewer-feed.ts';
import { PieceWriter } from './piece-writer.ts';

const boundary = 'camgate-frame';
const opening = Buffer.from(`--${boundary}\r\n`);
/** Stands directly behind each frame: a browser paints a frame when it sees the boundary that ends it. */
const closing = Buffer.from(`\r\n--${boundary}\r\n`);

/** `stream.mjpg`: every frame to every viewer, in shared memory; a viewer that reads too slowly skips frames. */
export class MjpegRoute {
  readonly #answers: Answers;
  readonly #stallMs: number;
  readonly #viewers = new Set<MjpegViewer>();
  /** The part headers of a frame, shared by all viewers and gone with it. */
  readonly #heads = new WeakMap<MjpegFrame, Buffer>();

  /**
   * @param stallMs how long a viewer who skips frames may take nothing, in ms. Systems pass on no small reads: they
   * take more of a connection only when a third of what they hold for it, up to 4 MiB, was read.
   */
  constructor(answers: Answers, stallMs: number) {
    this.#answers = answers;
    this.#stallMs = stallMs;
  }

  handle(exchange: Exchange): void {
    const { camera, request, scope } = exchange;
    if (request.method === 'HEAD') {
      this.#answerHead(exchange);
      return;
    }
    const viewer = new MjpegViewer(exchange, this.#stallMs);
    this.#viewers.add(viewer);
    scope.onEnd(() => {
      this.#viewers.delete(viewer);
      viewer.close();
    });
    this.#watch(viewer, camera);
  }

  /** Ends the streams of this camera, and what still waits for its first frame with this reason. */
  end(camera: ViewableCamera, reason: Error): void {
    for (const viewer of this.#viewers) if (viewer.camera === camera) viewer.end(reason);
  }

  /** The streams of one camera go on with the frames of another. */
  handOn(from: ViewableCamera, to: ViewableCamera): void {
    for (const viewer of this.#viewers) if (viewer.camera === from) this.#watch(viewer, to);
  }

  #watch(viewer: MjpegViewer, camera: ViewableCamera): void {
    const { exchange } = viewer;
    const onFrame = (frame: MjpegFrame): void => {
      if (!exchange.response.headersSent) this.#begin(exchange);
      viewer.write(this.#headOf(frame), frame);
    };
    // A page does not ask again for a picture whose stream was cut.
    const isPatient = exchange.response.headersSent;
    camera.watchJpeg(onFrame, viewer.follow(camera), { isPatient }).catch((error: unknown) => {
      if (viewer.camera !== camera) return;
      this.#answers.fail(exchange, viewer.endReason ?? error, camera.id);
    });
  }

  /** Starts no camera; of one that is known to be offline it tells so, as GET would. */
  #answerHead(exchange: Exchange): void {
    const { id, name, reason, stateText, nextRetrySeconds } = exchange.camera.status();
    if (reason !== null && nextRetrySeconds !== null) {
      const retryAfterMs = nextRetrySeconds * 1000;
      const text = `Camera ${name} is ${stateText}.`;
      this.#answers.fail(exchange, new UpstreamError(reason, text, { retryAfterMs }), id);
      return;
    }
    this.#begin(exchange);
    exchange.response.end();
  }

  /** Ends every stream, and what still waits for its first frame with this reason. */
  abortAll(reason: Error): void {
    for (const viewer of this.#viewers) viewer.end(reason);
  }

  /**
   * No length and no chunked coding: old software that reads this format from cameras knows neither, so the stream ends
   * with its connection.
   */
  #begin(exchange: Exchange): void {
    const { request, response } = exchange;
    response.useChunkedEncodingByDefault = false;
    response.writeHead(200, [
      'Content-Type',
      `multipart/x-mixed-replace; boundary=${boundary}`,
      'Cache-Control',
      'no-store',
      'Connection',
      'close',
      // nginx would collect frames before it passes them on.
      'X-Accel-Buffering',
      'no',
      ...this.#answers.corsFor(request),
    ]);
    request.socket.setTimeout(0);
    this.#answers.observe(exchange, 200);
  }

  #headOf(frame: MjpegFrame): Buffer {
    let head = this.#heads.get(frame);
    if (head === undefined) {
      head = Buffer.from(
        `Content-Type: image/jpeg\r\nContent-Length: ${frame.bytes.length}\r\n\r\n`,
      );
      this.#heads.set(frame, head);
    }
    return head;
  }
}

/** One connection that shows frames; owns its lease through the signal that `follow` returns. */
class MjpegViewer {
  readonly exchange: Exchange;
  readonly #response: MediaResponse;
  readonly #writer: PieceWriter;
  readonly #feed: ViewerFeed;
  #camera: ViewableCamera;
  #controller = new AbortController();
  #leave: () => void = () => undefined;
  #hasOpened = false;
  #endReason: Error | undefined;

  constructor(exchange: Exchange, stallMs: number) {
    this.exchange = exchange;
    this.#camera = exchange.camera;
    this.#response = exchange.response;
    this.#writer = new PieceWriter(exchange.response, stallMs);
    this.#feed = new ViewerFeed({
      connection: this.#writer,
      // About one frame may be on its way: a viewer that reads slowly but steadily stays.
      roomBytes: ({ byteLength }) => byteLength,
      onDropped: () => this.#camera.viewers.dropped('mjpeg'),
    });
  }

  /** Whose frames it shows. */
  get camera(): ViewableCamera {
    return this.#camera;
  }

  /** From now on it is a viewer of this camera, and no longer of the one before. */
  follow(camera: ViewableCamera): AbortSignal {
    const former = this.#controller;
    this.#camera = camera;
    this.#controller = new AbortController();
    this.#leave();
    this.#leave = camera.viewers.join('mjpeg');
    former.abort();
    return this.#controller.signal;
  }

  /** Why the server ended this viewer, if it did. */
  get endReason(): Error | undefined {
    return this.#endReason;
  }

  /** Writes a frame, or leaves it out for a viewer that is too slow for it. */
  write(head: Buffer, frame: MjpegFrame): void {
    const response = this.#response;
    if (response.writableEnded || response.destroyed) return;
    const { viewers } = this.#camera;
    if (!this.#feed.admits({ isKeyframe: true, byteLength: frame.bytes.length })) return;
    if (this.#hasOpened) this.#writer.write(head, frame.bytes, closing);
    else this.#writer.write(opening, head, frame.bytes, closing);
    this.#hasOpened = true;
    viewers.delivered('mjpeg', head.length + frame.bytes.length + closing.length);
  }

  end(reason: Error): void {
    this.#endReason = reason;
    if (this.#response.headersSent) this.#writer.end();
    this.#controller.abort(reason);
  }

  close(): void {
    this.#writer.close();
    this.#controller.abort();
    this.#leave();
  }
}
