import { once } from 'node:events';
import { connect, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { Http1Bridge } from '../../../../src/http/listeners/http1-bridge.ts';
import { Scope } from '../../../../src/lib/scope.ts';
import { answerOf } from '../http2-rig.ts';

it('passes on the bodies of requests', async () => {
  const bridge = new Http1Bridge((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString();
      response.end(`${request.method ?? ''} ${request.headers['content-length'] ?? '-'} ${text}`);
    })();
  }, []);
  const server = createServer().listen(0, '127.0.0.1');
  server.on('stream', (stream, headers) => bridge.forward(stream, headers, Scope.of(stream)));
  await once(server, 'listening');
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const send = async (method: string, headers: Record<string, string>, body?: string) => {
    const stream = session.request({ ':method': method, ':path': '/', ...headers });
    stream.end(body);
    return (await answerOf(stream)).body.toString();
  };
  expect(await send('POST', { 'content-length': '5' }, 'hello')).toBe('POST 5 hello');
  expect(await send('PUT', {}, 'hello')).toBe('PUT - hello');
  expect(await send('POST', {})).toBe('POST - ');
  session.close();
  server.close();
});
