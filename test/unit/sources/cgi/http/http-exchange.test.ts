import { once } from 'node:events';
import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { exchange, type HttpAnswer } from '../../../../../src/sources/cgi/http/http-exchange.ts';
import { defaultTimeouts } from '../../../../../src/sources/cgi/http/timeouts.ts';
import { RawServer } from '../raw-server.ts';
import { stopTimers } from '../stopped-timers.ts';

const never = new AbortController().signal;
const get = (url: URL, signal = never): Promise<HttpAnswer> =>
  exchange({ url, authorization: undefined }, defaultTimeouts, signal);

async function textOf(answer: HttpAnswer): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer.body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}

describe('exchange', () => {
  it('sends one plain GET and nothing about who asks', async () => {
    await using server = await RawServer.start((socket) => socket.end('HTTP/1.0 200 OK\n\nhello'));
    const answer = await get(new URL('/a%20b?c=d%26e#f', server.url));
    expect(await textOf(answer)).toBe('hello');
    expect(server.requests).toEqual([
      `GET /a%20b?c=d%26e HTTP/1.1\r\nHost: ${server.url.host}\r\nUser-Agent: camgate\r\nAccept: */*\r\nConnection: close\r\n\r\n`,
    ]);
  });

  it('introduces itself as configured', async () => {
    await using server = await RawServer.start((socket) => socket.end('HTTP/1.0 200 OK\n\n'));
    const userAgent = 'Mozilla/5.0 (X11)';
    await exchange(
      { url: server.url, authorization: undefined, userAgent },
      defaultTimeouts,
      never,
    );
    expect(server.requests[0]).toContain('\r\nUser-Agent: Mozilla/5.0 (X11)\r\n');
  });

  it.each([
    ['a bare text', "Can't parse request.", "Can't parse request."],
    ['a bare short text', 'HT', 'HT'],
    ['Content-Length', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhello', 'he'],
    ['a length that is too long', 'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhello', 'hello'],
    [
      'chunks',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n',
      'hello',
    ],
    ['a head without an end', 'HTTP/1.0 200 OK', ''],
  ])('reads %s', async (_, bytes, body) => {
    await using server = await RawServer.start((socket) => {
      // One byte at a time shows that nothing depends on how the network cuts.
      for (const byte of Buffer.from(bytes, 'latin1')) socket.write(Buffer.of(byte));
      socket.end();
    });
    const answer = await get(server.url);
    expect(answer.status).toBe(200);
    expect(await textOf(answer)).toBe(body);
  });

  it('delivers a live body as it comes and closes the connection when the reader leaves', async () => {
    await using server = await RawServer.start((socket) =>
      socket.write('HTTP/1.0 200 OK\r\n\r\nfirst'),
    );
    const answer = await get(server.url);
    for await (const chunk of answer.body) {
      expect(chunk.toString()).toBe('first');
      break;
    }
    await server.quiet();
    expect(server.openSocketCount).toBe(0);
  });

  it('ends a waiting reader quietly on close()', async () => {
    await using server = await RawServer.start((socket) => socket.write('HTTP/1.0 200 OK\r\n\r\n'));
    const answer = await get(server.url);
    const text = textOf(answer);
    answer.close();
    answer.close();
    expect(await text).toBe('');
    await server.quiet();
  });

  it('fails with `closed` when the connection is closed without an answer', async () => {
    await using server = await RawServer.start((socket) => socket.end());
    await expect(get(server.url)).rejects.toMatchObject({ reason: 'closed' });
  });

  it('fails with `closed` when the connection is cut while a reader waits', async () => {
    await using server = await RawServer.start((socket) =>
      socket.write('HTTP/1.0 200 OK\r\n\r\nx'),
    );
    const chunks = (await get(server.url)).body[Symbol.asyncIterator]();
    expect(await chunks.next()).toMatchObject({ done: false });
    const next = chunks.next();
    server.reset();
    await expect(next).rejects.toMatchObject({ reason: 'closed' });
  });

  it('fails with `timeout` when there is no answer, and drops the connection', async () => {
    using timers = stopTimers();
    await using server = await RawServer.start((socket) => {
      socket.write('HTTP/1.0 200 OK\r\nSlow');
      timers.pass(defaultTimeouts.headerMs);
    });
    await expect(get(server.url)).rejects.toMatchObject({ reason: 'timeout' });
    await server.quiet();
  });

  it('fails with `unreachable` when nobody listens', async () => {
    await using server = await RawServer.start(() => undefined);
    // The client's end of a connection is a port that nobody else can take and at which nobody listens.
    const taken = net.connect(Number(server.url.port), server.url.hostname);
    await once(taken, 'connect');
    const error = await get(new URL(`http://127.0.0.1:${taken.localPort}/`)).catch(
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ reason: 'unreachable' });
    expect(String(error)).toContain('ECONNREFUSED');
  });

  it('fails with `bad-answer` for heads without end and broken chunks', async () => {
    await using server = await RawServer.start((socket, request) => {
      if (request.startsWith('GET /head'))
        socket.write(`HTTP/1.0 200 OK\r\nA: ${'b'.repeat(70_000)}`);
      else socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n');
    });
    await expect(get(new URL('/head', server.url))).rejects.toMatchObject({ reason: 'bad-answer' });
    const broken = get(new URL('/chunks', server.url)).then(textOf);
    await expect(broken).rejects.toMatchObject({ reason: 'bad-answer' });
    await server.quiet();
  });

  it.each([
    ['interim answers', 'HTTP/1.1 100 Continue\r\n\r\n'],
    ['short interim answers of any kind', 'HTTP/1 100\n\nHTTP/1 199\n\n'],
    ['header fields', 'a:b\r\n'],
    ['lines that are no fields', 'x\n'],
    ['blank lines', '\r\n'],
  ])('fails with `bad-answer` for %s without end', async (name, piece) => {
    await using server = await RawServer.start((socket) => {
      if (!/interim|blank/.test(name)) socket.write('HTTP/1.1 200 OK\r\n');
      const bytes = Buffer.from(piece.repeat(60_000 / piece.length));
      const flood = (): void => {
        while (!socket.destroyed && socket.write(bytes));
      };
      socket.on('drain', flood);
      flood();
    });
    await expect(get(server.url)).rejects.toMatchObject({ reason: 'bad-answer' });
    await server.quiet();
  });

  it('throws the reason of its signal, before the connection and while waiting', async () => {
    const reason = new Error('not wanted any more');
    await expect(get(new URL('http://127.0.0.1:9/'), AbortSignal.abort(reason))).rejects.toBe(
      reason,
    );
    const controller = new AbortController();
    await using server = await RawServer.start(() => controller.abort(reason));
    await expect(get(server.url, controller.signal)).rejects.toBe(reason);
    await server.quiet();
  });
});
