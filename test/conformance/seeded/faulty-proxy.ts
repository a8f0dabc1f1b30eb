import { createServer, request, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What was asked and what the real server says to it. */
export interface Passing {
  /** The last piece of the path. */
  readonly name: string;
  readonly query: URLSearchParams;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface ProxyFault {
  /** Changes the question before it goes to the real server. */
  readonly ask?: (url: URL) => void;
  /** Changes the answer; what is left out stays as it is. */
  readonly answer?: (passing: Passing) => Partial<Pick<Passing, 'status' | 'headers' | 'body'>>;
  /** How long the answer is kept back, in milliseconds. */
  readonly delayMs?: (passing: Passing) => number;
}

/** A server before the real one that does one thing wrong. */
export class FaultyProxy implements AsyncDisposable {
  readonly #upstream: URL;
  readonly #fault: ProxyFault;
  readonly #server = createServer((incoming, response) => {
    this.#pass(
      { path: incoming.url ?? '/', method: incoming.method ?? 'GET' },
      {
        headers: incoming.headers,
        response,
      },
    );
  });

  private constructor(upstream: URL, fault: ProxyFault) {
    this.#upstream = upstream;
    this.#fault = fault;
  }

  static async start(upstream: URL, fault: ProxyFault): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(upstream, fault);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  url(path: string): URL {
    const { port } = this.#server.address() as AddressInfo;
    return new URL(path, `http://127.0.0.1:${port}`);
  }

  #pass(
    { path, method }: { path: string; method: string },
    client: { headers: IncomingHttpHeaders; response: ServerResponse },
  ): void {
    const { response } = client;
    const url = new URL(path, this.#upstream);
    const asked = new URL(url);
    this.#fault.ask?.(asked);
    const headers = without(client.headers, 'host');
    const upstream = request(asked, { method, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        this.#answer(response, method, {
          name: url.pathname.split('/').at(-1) ?? '',
          query: url.searchParams,
          status: answer.statusCode ?? 502,
          headers: answer.headers,
          body: Buffer.concat(chunks),
        });
      });
    });
    upstream.on('error', () => response.destroy());
    response.on('close', () => upstream.destroy());
    upstream.end();
  }

  #answer(response: ServerResponse, method: string, passing: Passing): void {
    const { status, headers, body } = { ...passing, ...this.#fault.answer?.(passing) };
    const rest = without(headers, 'transfer-encoding', 'content-length');
    const length = headers['content-length'];
    const send = (): void => {
      const size = method === 'HEAD' ? length : String(body.length);
      const head =
        status === 304 || size === undefined ? rest : { ...rest, 'content-length': size };
      response.writeHead(status, head).end(body);
    };
    const delayMs = this.#fault.delayMs?.(passing) ?? 0;
    if (delayMs === 0) {
      send();
      return;
    }
    const timer = setTimeout(send, delayMs);
    response.on('close', () => clearTimeout(timer));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}

function without(headers: IncomingHttpHeaders, ...names: readonly string[]): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));
}
