import { connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as tlsConnect } from 'node:tls';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { TimeLimits } from '../../../../src/http/listeners/listener.ts';
import type { HttpServer } from '../../../../src/http/server.ts';
import { registryOf } from '../fake-camera.ts';
import { serve } from '../serve.ts';
import { TlsFolder } from '../tls-rig.ts';

/** Longer than a test may last, so that the one short limit of a test is what ended its connection. */
const farMs = 60_000;
const limits: TimeLimits = {
  ...{ keepAliveMs: farMs, headMs: farMs, requestMs: farMs, idleMs: farMs, unreadMs: farMs },
  endMs: 200,
  checkEveryMs: 50,
};
const shortMs = 300;
const folder = new TlsFolder();
let server: HttpServer;
afterEach(() => server[Symbol.asyncDispose]());
afterAll(() => folder[Symbol.dispose]());

async function start(scheme: 'http' | 'https', short: Partial<TimeLimits>): Promise<void> {
  const options = scheme === 'https' ? { config: folder.config } : {};
  server = await serve(registryOf(), options, { ...limits, ...short });
}

function address(): { readonly host: string; readonly port: number } {
  return { host: server.url.hostname, port: Number(server.url.port) };
}

function shake(...protocols: string[]): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const options = { ...address(), rejectUnauthorized: false, allowHalfOpen: true };
    const socket = tlsConnect({ ...options, ALPNProtocols: protocols }, () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Until the server has let go of the connection altogether, which a client is told that goes on sending; in ms. */
async function lifeOf(socket: Duplex): Promise<number> {
  const startedMs = performance.now();
  socket.resume();
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await new Promise((resolve) => {
    socket.once('end', resolve);
    socket.once('close', resolve);
  });
  // From here on the server has sent its end; a byte now meets nobody, or a server that still keeps the connection.
  const knocks = setInterval(() => socket.write('x'), 20);
  await closed;
  clearInterval(knocks);
  return performance.now() - startedMs;
}

function open(): Socket {
  return connect({ ...address(), allowHalfOpen: true });
}

describe('a connection on which nothing comes', () => {
  it.each(['http', 'https'] as const)('%s: no byte at all', async (scheme) => {
    await start(scheme, { headMs: shortMs });
    expect(await lifeOf(open())).toBeGreaterThan(shortMs - 50);
  });

  it('half a TLS handshake', async () => {
    await start('https', { headMs: shortMs });
    const socket = open();
    // The head of a record of 512 bytes that never come.
    socket.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]));
    await lifeOf(socket);
  });

  it('a handshake for HTTP/1.1 and no request', async () => {
    // The handshake itself has no longer.
    await start('https', { headMs: 2000 });
    await lifeOf(await shake('http/1.1'));
  });

  it('a handshake for HTTP/2 and no preface', async () => {
    await start('https', { idleMs: shortMs });
    await lifeOf(await shake('h2'));
  });

  it('an HTTP/2 session without a request', async () => {
    await start('https', { idleMs: shortMs });
    const session = connectHttp2(server.url.href, { rejectUnauthorized: false });
    await new Promise((resolve) => session.once('close', resolve));
  });
});
