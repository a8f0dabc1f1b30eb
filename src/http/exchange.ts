import type { IncomingHttpHeaders } from 'node:http';
import type { Writable } from 'node:stream';
import type { ViewableCamera } from '../outputs/viewable-camera.ts';
import type { Scope } from '../lib/scope.ts';
import type { MediaTarget } from './routes/media-target.ts';
import type { Route } from './http-stats.ts';

/** What media routes read of a request, over HTTP/1.1 (node's IncomingMessage) and HTTP/2 alike. */
export interface MediaRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
  /** The connection, or over HTTP/2 the stream; its time limit in ms, 0 for none, counts while nothing moves. */
  readonly socket: {
    readonly remoteAddress?: string | undefined;
    setTimeout(ms: number): unknown;
  };
}

/** What media routes do with an answer: node's ServerResponse, or an HTTP/2 stream. */
export interface MediaResponse extends Writable {
  readonly headersSent: boolean;
  /** HTTP/1.1 alone: false lets a body without a length end with its connection. */
  useChunkedEncodingByDefault: boolean;
  /** @param headers names and values in turn */
  writeHead(status: number, headers: string[]): unknown;
}

/** One media request on its way to its answer. */
export interface Exchange {
  readonly request: MediaRequest;
  readonly response: MediaResponse;
  readonly target: MediaTarget;
  readonly camera: ViewableCamera;
  /** Ends when the answer is out, or its stream or connection gone: all that is held for it hangs here. */
  readonly scope: Scope;
  /** Changes when the request has to wait, so that waits do not look like slow answers. */
  route: Route;
  /** performance.now() at arrival. */
  readonly startedMs: number;
}

/** Longest part of a user agent that tells viewers apart, in characters. */
const maxAgentLength = 120;

/** Tells viewers without a connection of their own apart. Never logged, never a label. */
export function viewerKey(request: MediaRequest): string {
  const agent = request.headers['user-agent'] ?? '';
  return `${request.socket.remoteAddress ?? ''} ${agent.slice(0, maxAgentLength)}`;
}
