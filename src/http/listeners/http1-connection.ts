import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Scope } from '../../lib/scope.ts';
import { hasUsefulBody } from './request-body.ts';

/**
 * Requests of one connection that wait for the answers before theirs. No browser sends any; some libraries send a few.
 */
const maxWaitingCount = 16;
/**
 * What a connection may send after it was refused, in bytes: most of what is under way then is taken, and its client
 * reads why.
 */
const maxDiscardedBytes = 1024 ** 2;

/** @param scope ends with the answer or with the connection */
export type Http1Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  scope: Scope,
) => void;

export interface Http1Handlers {
  readonly start: Http1Handler;
  /** Answers a request that is one too many, and with it ends the connection. */
  readonly refuse: Http1Handler;
}

interface Turn {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly handler: Http1Handler;
}

/**
 * One connection of HTTP/1.1. Node hands out all requests that came in one read; here one is in work at a time, since
 * its answer has to come first anyway, and the others cost nothing until it is out. Reading goes on meanwhile: the end
 * of a connection that is not read is not seen.
 */
export class Http1Connection {
  readonly #socket: Socket;
  readonly #scope: Scope;
  readonly #handlers: Http1Handlers;
  readonly #waiting: Turn[] = [];
  #isBusy = false;
  #isRefused = false;

  constructor(socket: Socket, handlers: Http1Handlers) {
    this.#socket = socket;
    this.#scope = Scope.of(socket);
    this.#handlers = handlers;
  }

  take(request: IncomingMessage, response: ServerResponse): void {
    if (this.#isRefused) return;
    // Node stops to read a connection whose body nobody takes.
    if (hasBody(request) && !hasUsefulBody(request)) request.resume();
    const { start, refuse } = this.#handlers;
    if (!this.#isBusy) this.#begin({ request, response, handler: start });
    else if (this.#waiting.length < maxWaitingCount) {
      this.#waiting.push({ request, response, handler: start });
    } else {
      this.#isRefused = true;
      this.#waiting.push({ request, response, handler: refuse });
      // When the parser is done with this read.
      process.nextTick(() => this.#discardRest());
    }
  }

  #begin({ request, response, handler }: Turn): void {
    this.#isBusy = true;
    const scope = this.#scope.open(response);
    scope.onEnd(() => this.#next());
    handler(request, response, scope);
  }

  #next(): void {
    // The connection is gone, or ends with the answer that is out.
    if (!this.#socket.writable) this.#waiting.length = 0;
    const next = this.#waiting.shift();
    if (next === undefined) this.#isBusy = false;
    else this.#begin(next);
  }

  /**
   * Takes the connection from node's parser, which would make an answer of 2 kB for every request that will get none.
   */
  #discardRest(): void {
    let discardedBytes = 0;
    this.#socket.removeAllListeners('data');
    this.#socket.on('data', (chunk: Buffer) => {
      discardedBytes += chunk.length;
      if (discardedBytes > maxDiscardedBytes) this.#socket.destroy();
    });
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
}
