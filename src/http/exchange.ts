import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ViewableCamera } from '../camera/viewable-camera.ts';
import type { MediaTarget } from './media-target.ts';
import type { Route } from './http-stats.ts';

/** One media request on its way to its answer. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: MediaTarget;
  readonly camera: ViewableCamera;
  /** Changes when the request has to wait, so that waits do not look like slow answers. */
  route: Route;
  /** performance.now() at arrival. */
  readonly startedMs: number;
}

/** Longest part of a user agent that tells viewers apart, in characters. */
const maxAgentLength = 120;

/** Tells viewers without a connection of their own apart. Never logged, never a label. */
export function viewerKey(request: IncomingMessage): string {
  const agent = request.headers['user-agent'] ?? '';
  return `${request.socket.remoteAddress ?? ''} ${agent.slice(0, maxAgentLength)}`;
}
