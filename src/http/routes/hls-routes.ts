import fresh from 'fresh';
import type {
  LiveWindowView,
  MediaResource,
  PlaylistText,
  Rendition,
} from '../../outputs/hls/window/window.ts';
import type { ViewableCamera } from '../../outputs/viewable-camera.ts';
import { CamgateError } from '../../lib/errors.ts';
import type { AnswerHead, Answers } from '../answers.ts';
import { parseByteRange, sliceChunks, UnsatisfiableRange } from './byte-range.ts';
import { viewerKey, type Exchange } from '../exchange.ts';
import { HeldAnswers } from './held-answers.ts';
import { PlaylistAnswers } from './playlist-answer.ts';
import { queryValue, readPlaylistQuery } from './query.ts';

/** Names carry the life of their window, so the bytes behind one never change; an hour outlives every player's need. */
const keepForever = 'public, max-age=3600, immutable';

/** Bytes of a resource, `end` inclusive. */
interface ResourceSlice {
  readonly resource: MediaResource;
  readonly start: number;
  readonly end: number;
}

/** `index.m3u8`, `classic/index.m3u8`, `ts/index.m3u8` and everything under `hls/{life}/`. */
export class HlsRoutes {
  readonly #answers: Answers;
  readonly #texts = new PlaylistAnswers();
  readonly #windows: HeldAnswers<LiveWindowView>;
  readonly #playlists: HeldAnswers<PlaylistText>;
  readonly #media: HeldAnswers<MediaResource>;

  constructor(answers: Answers) {
    this.#answers = answers;
    const fail = (exchange: Exchange, error: unknown): void =>
      answers.fail(exchange, error, exchange.camera.id);
    this.#windows = new HeldAnswers({
      fail,
      deliver: (exchange, window) => this.#serve(exchange, window),
    });
    this.#playlists = new HeldAnswers({
      fail,
      deliver: (exchange, playlist) => this.#sendPlaylist(exchange, playlist),
    });
    this.#media = new HeldAnswers({
      fail,
      deliver: (exchange, resource) => this.#sendMedia(exchange, resource),
    });
  }

  /** Throws CamgateError, or answers now or later. */
  handle(exchange: Exchange): void {
    const { camera, target } = exchange;
    // An address of a window that is gone wakes no camera.
    if ('life' in target && camera.findLive(target.life) === undefined) throw mediaGone();
    camera.touchHls();
    if (camera.live === undefined && target.kind !== 'media') this.#open(exchange);
    else this.#serve(exchange, camera.live);
  }

  /** Takes the requests that wait for this camera out of their wait; they are the caller's to answer. */
  withdraw(camera: ViewableCamera): readonly Exchange[] {
    return this.#allHeld.flatMap((held) => held.withdraw(camera));
  }

  /** Ends every held request with this reason. */
  abortAll(reason: Error): void {
    for (const held of this.#allHeld) held.abortAll(reason);
  }

  get #allHeld() {
    return [this.#windows, this.#playlists, this.#media];
  }

  /**
   * Starts a cold camera, once for all requests meanwhile. A playlist that lists something is answered however long the
   * outage lasts: its viewers were promised the media in it.
   */
  #open(exchange: Exchange): void {
    const { camera, target } = exchange;
    if (target.kind === 'playlist') {
      const known = camera.findLive(target.life);
      if (known?.isEmpty === false) {
        this.#servePlaylist(exchange, known, target.rendition);
        return;
      }
    }
    this.#hold(exchange);
    if (this.#windows.join(camera.id, exchange)) return;
    this.#windows.hold(camera.id, camera.openLive(this.#windows.signal), exchange);
  }

  #serve(exchange: Exchange, live: LiveWindowView | undefined): void {
    const { camera, target } = exchange;
    if (target.kind === 'playlist' || target.kind === 'media') {
      const window = live?.life === target.life ? live : camera.findLive(target.life);
      if (window === undefined) throw mediaGone();
      if (target.kind === 'playlist') this.#servePlaylist(exchange, window, target.rendition);
      else this.#serveMedia(exchange, window, target.file);
    } else if (live !== undefined && target.kind === 'index') {
      this.#sendPlaylist(exchange, live.multivariantPlaylist(target.rendition));
    }
  }

  #servePlaylist(exchange: Exchange, window: LiveWindowView, rendition: Rendition): void {
    const query = readPlaylistQuery(exchange.target.query);
    // What else stands in an address (`?t=1` against caches) makes no other answer, so no other wait.
    const asked = rendition === 'live' ? window.playlistKey(query) : '';
    const key = `${exchange.camera.id} ${window.life} ${rendition} ${asked}`;
    if (this.#playlists.join(key, exchange)) {
      this.#hold(exchange);
      return;
    }
    const { signal } = this.#playlists;
    const playlist =
      rendition === 'live'
        ? window.mediaPlaylist(query, signal)
        : window.classicPlaylist(rendition, signal);
    if (playlist instanceof Promise) {
      this.#hold(exchange);
      this.#playlists.hold(key, playlist, exchange);
    } else {
      this.#visit(exchange);
      this.#sendPlaylist(exchange, playlist);
    }
  }

  #serveMedia(exchange: Exchange, window: LiveWindowView, file: string): void {
    const key = `${exchange.camera.id} ${window.life} ${file}`;
    if (this.#media.join(key, exchange)) {
      this.#hold(exchange);
      return;
    }
    const resource = window.media(file, this.#media.signal);
    if (resource === undefined) throw mediaGone();
    if (resource instanceof Promise) {
      this.#hold(exchange);
      this.#media.hold(key, resource, exchange);
    } else {
      this.#visit(exchange);
      this.#sendMedia(exchange, resource);
    }
  }

  #visit({ camera, request }: Exchange): void {
    camera.viewers.visit('hls', viewerKey(request), false)();
  }

  #hold(exchange: Exchange): void {
    const { camera, request, scope } = exchange;
    // A playlist of a camera that was cold until now: the wait for its next part is the same viewer's.
    if (exchange.route === 'playlist-held') return;
    if (exchange.route === 'playlist') exchange.route = 'playlist-held';
    else if (exchange.route === 'media') exchange.route = 'media-held';
    scope.onEnd(camera.viewers.visit('hls', viewerKey(request), true));
  }

  #sendPlaylist(exchange: Exchange, playlist: PlaylistText): void {
    const { camera, request, target } = exchange;
    const isLive = target.kind === 'playlist' && target.rendition === 'live';
    const isBlocking = isLive && queryValue(target.query, '_HLS_msn') !== undefined;
    const answer = this.#texts.answerFor(playlist, request.headers['accept-encoding'], isBlocking);
    const headers = [...answer.headers, ...this.#answers.corsFor(request)];
    if (fresh(request.headers, { etag: answer.etag })) {
      this.#answers.send(exchange, 304, headers, undefined);
      return;
    }
    const { body } = answer;
    headers.push('Content-Length', String(body.length));
    this.#answers.send(exchange, 200, headers, body);
    if (request.method === 'GET') camera.viewers.delivered('hls', body.length);
  }

  #sendMedia(exchange: Exchange, resource: MediaResource): void {
    const { camera, request } = exchange;
    // A range is defined for GET alone (RFC 9110, 14.2).
    const range = request.method === 'GET' ? request.headers.range : undefined;
    // Without a validator of ours no If-Range can match: the whole body is the right answer (RFC 9110, 13.1.5).
    if (range !== undefined && request.headers['if-range'] === undefined) {
      this.#sendRange(exchange, resource, range);
      return;
    }
    const headers = this.#mediaHeaders(exchange, resource, resource.byteLength);
    this.#sendBytes(
      exchange,
      { status: 200, headers },
      { resource, start: 0, end: resource.byteLength - 1 },
    );
    if (request.method === 'GET') camera.viewers.delivered('hls', resource.byteLength);
  }

  #sendRange(exchange: Exchange, resource: MediaResource, header: string): void {
    const total = resource.byteLength;
    const range = parseByteRange(header, total);
    if (range.kind === 'unsatisfiable') throw new UnsatisfiableRange(total);
    const isWhole = range.kind === 'whole';
    const [start, end] = isWhole ? [0, total - 1] : [range.start, range.end];
    const headers = this.#mediaHeaders(exchange, resource, end - start + 1);
    if (!isWhole) headers.push('Content-Range', `bytes ${start}-${end}/${total}`);
    this.#sendBytes(exchange, { status: isWhole ? 200 : 206, headers }, { resource, start, end });
    exchange.camera.viewers.delivered('hls', end - start + 1);
  }

  #sendBytes(exchange: Exchange, head: AnswerHead, { resource, start, end }: ResourceSlice): void {
    if (resource.kind === 'memory') {
      const isAll = end - start + 1 === resource.byteLength;
      const chunks = isAll ? resource.chunks : sliceChunks(resource.chunks, start, end);
      this.#answers.sendChunks(exchange, head.status, head.headers, chunks);
      return;
    }
    const slice = {
      start: resource.start + start,
      end: resource.start + end,
      open: () => resource.open(),
    };
    this.#answers.sendFile(exchange, head, slice).catch((error: unknown) => {
      this.#answers.fail(exchange, error, exchange.camera.id);
    });
  }

  #mediaHeaders({ request }: Exchange, { contentType }: MediaResource, length: number): string[] {
    return [
      'Content-Type',
      contentType,
      'Content-Length',
      String(length),
      'Cache-Control',
      keepForever,
      'Accept-Ranges',
      'bytes',
      ...this.#answers.corsFor(request),
    ];
  }
}

function mediaGone(): CamgateError {
  return new CamgateError(
    'media-gone',
    'This part of the stream is not available. Load index.m3u8 again to go on at the live edge.',
  );
}
