import type { IncomingMessage, ServerResponse } from 'node:http';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { CamgateError } from '../../lib/errors.ts';
import type { RawHeaders } from '../cors.ts';

/** A port that takes requests, with or without TLS. */
export interface Listener {
  /** Not listening yet. `close` stops to listen and waits for all connections. */
  readonly server: Server;
  readonly scheme: 'http' | 'https';
  /** Ends the connections that are idle now, and asks the others to end after their answers; may be called again. */
  retire(): void;
  /** Ends every connection at once. */
  cut(): void;
}

export interface Handlers {
  onHttp1(request: IncomingMessage, response: ServerResponse): void;
  /** @param headers pseudo headers included */
  onHttp2(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void;
  /** Go with answers to what is no request. */
  readonly errorHeaders: RawHeaders;
}

/** In milliseconds. */
export interface TimeLimits {
  readonly keepAliveMs: number;
  /** To send the head of a request, and for a TLS handshake. */
  readonly headMs: number;
  /** To send a whole request; ours have no body. */
  readonly requestMs: number;
  /**
   * For a connection or stream on which nothing moves, held requests included (they end after three target durations at
   * the latest). Twice that where a part of the last write went out: node asks only at the end of the time whether
   * anything did.
   */
  readonly idleMs: number;
  /** For a viewer of a stream that goes on to take some of what waits for it. */
  readonly unreadMs: number;
  /** For the other side of TLS to end a connection that this side has ended. */
  readonly endMs: number;
  /** How often heads and requests under way are looked at. */
  readonly checkEveryMs: number;
}

export const defaultTimeLimits: TimeLimits = {
  // Longer than the 60 s after which proxies and browsers drop idle connections: the side that closes first loses a
  // request.
  keepAliveMs: 65_000,
  headMs: 15_000,
  requestMs: 30_000,
  idleMs: 120_000,
  // Linux tells of progress when a third of a send buffer of up to 4 MiB is free: less would end viewers who read 50
  // kB/s.
  unreadMs: 30_000,
  endMs: 5000,
  checkEveryMs: 5000,
};

/** When TCP asks whether a silent viewer is still there, in ms. */
export const probeAfterMs = 30_000;
export const maxHeaderBytes = 16 * 1024;

/** The limits of HTTP/1.1 as node's servers name them. */
export function http1Limits({ keepAliveMs, headMs, requestMs, idleMs, checkEveryMs }: TimeLimits) {
  return {
    keepAliveTimeout: keepAliveMs,
    headersTimeout: headMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: checkEveryMs,
    maxHeaderSize: maxHeaderBytes,
    timeout: idleMs,
    // node would refuse with an empty answer; the router says what is missing.
    requireHostHeader: false,
  };
}

/** Starts to listen. Rejects with address-in-use when the address cannot be taken. */
export function listen({ server }: Listener, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException): void => reject(listenError(cause, host, port));
    server.once('error', fail);
    server.listen({ host, port }, () => {
      server.off('error', fail);
      resolve();
    });
  });
}

/** Where a browser on this machine finds a listening server. */
export function urlOf({ server, scheme }: Listener): URL {
  const { address, family, port } = server.address() as AddressInfo;
  const isWildcard = address === '0.0.0.0' || address === '::';
  const host = isWildcard ? 'localhost' : family === 'IPv6' ? `[${address}]` : address;
  return new URL(`${scheme}://${host}:${port}/`);
}

const hostAdvice =
  'use an address of this machine (--host, server.host): 127.0.0.1 for itself alone, 0.0.0.0 or :: for all networks';

function listenError(cause: NodeJS.ErrnoException, host: string, port: number): CamgateError {
  const why: Readonly<Record<string, string>> = {
    EADDRINUSE:
      'another program uses this address; choose another port (--port, server.port) or stop it',
    EACCES: 'ports below 1024 need more rights; choose a higher one (--port, server.port)',
    EADDRNOTAVAIL: `this machine does not have that address; ${hostAdvice}`,
    ENOTFOUND: `no such host is known; ${hostAdvice}`,
    EAI_AGAIN: `the name of the host cannot be looked up at the moment; ${hostAdvice}`,
  };
  const reason = why[cause.code ?? ''] ?? cause.message;
  return new CamgateError('address-in-use', `Cannot listen on ${host}:${port}: ${reason}.`, {
    cause,
  });
}
