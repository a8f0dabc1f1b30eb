import net from 'node:net';
import tls from 'node:tls';
import { UpstreamError } from '../../../lib/errors.ts';

/** The camera's TCP keep-alive, in milliseconds: finds dead peers behind routers that forget idle connections. */
const keepAliveDelayMs = 15_000;

/**
 * Connects to the host of an http or https address; an aborted signal destroys the socket, then and later.
 * @throws UpstreamError unreachable, or the signal's reason.
 */
export async function connectCamera(url: URL, signal: AbortSignal): Promise<net.Socket> {
  signal.throwIfAborted();
  const { socket, readyEvent } = url.protocol === 'https:' ? tlsSocket(url) : tcpSocket(url);
  return new Promise<net.Socket>((resolve, reject) => {
    const settle = (): void => {
      signal.removeEventListener('abort', onAbort);
      socket.off('error', onError).off(readyEvent, onReady);
    };
    const onAbort = (): void => {
      settle();
      // Late errors of a socket that nobody waits for any more.
      socket.on('error', () => undefined).destroy();
      reject(signal.reason as Error);
    };
    const onError = (error: Error): void => {
      settle();
      reject(connectError(error));
    };
    const onReady = (): void => {
      settle();
      resolve(socket);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('error', onError).once(readyEvent, onReady);
  });
}

function tcpSocket(url: URL): { socket: net.Socket; readyEvent: string } {
  const slabs = new ReadSlabs();
  const socket: net.Socket = net.connect({
    ...socketOptions(url),
    port: Number(url.port || 80),
    onread: {
      buffer: () => slabs.free,
      callback: (byteCount) => socket.push(slabs.take(byteCount)),
    },
  });
  return { socket, readyEvent: 'connect' };
}

/** A quarter of a second at 2 Mbit/s; what is larger would only be kept longer by what little points into it. */
const slabBytes = 64 * 1024;
/** Less room than this is not worth a read. */
const leastRoomBytes = 16 * 1024;

/**
 * Memory that one socket reads into, piece after piece. Node would take 64 KiB for each read and give most of it back,
 * which kept the garbage collector busy for a third of the gateway's time. Frames are views of it, and it goes with the
 * last.
 */
class ReadSlabs {
  #slab = Buffer.alloc(0);
  #offset = 0;

  /** Where the next read goes. */
  get free(): Buffer {
    if (this.#slab.length - this.#offset < leastRoomBytes) {
      this.#slab = Buffer.allocUnsafeSlow(slabBytes);
      this.#offset = 0;
    }
    return this.#slab.subarray(this.#offset);
  }

  /** What the read has brought. */
  take(byteCount: number): Buffer {
    const begin = this.#offset;
    this.#offset += byteCount;
    return this.#slab.subarray(begin, this.#offset);
  }
}

function tlsSocket(url: URL): { socket: net.Socket; readyEvent: string } {
  const options = socketOptions(url);
  const socket = tls.connect({
    ...options,
    port: Number(url.port || 443),
    // SNI takes names only (RFC 6066 section 3).
    servername: net.isIP(options.host) === 0 ? options.host : '',
    // Cameras have self-signed certificates for another name or year, and no way to install a better one; the
    // network keeps others out from between camera and gateway, as with plain HTTP. Their TLS is as old as they are.
    rejectUnauthorized: false,
    minVersion: 'TLSv1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  });
  return { socket, readyEvent: 'secureConnect' };
}

function socketOptions(
  url: URL,
): { host: string } & net.SocketConstructorOpts & net.TcpSocketConnectOpts {
  return {
    // An IPv6 host stands in brackets in a URL.
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: 0,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: keepAliveDelayMs,
  };
}

function connectError(error: Error): UpstreamError {
  const code = errorCode(error);
  const what = connectTexts[code] ?? 'no connection to the camera';
  return new UpstreamError('unreachable', `${what}${code === '' ? '' : ` (${code})`}`, {
    cause: error,
  });
}

const connectTexts: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens at this address and port',
  EHOSTUNREACH: 'no host answers at this address',
  ENETUNREACH: 'there is no route to this address',
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name cannot be resolved at the moment',
  ETIMEDOUT: 'no host answers at this address',
};

/** The system's code of a socket error, such as ECONNRESET; empty when there is none. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';
}
