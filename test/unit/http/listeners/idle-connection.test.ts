import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { defaultTimeLimits } from '../../../../src/http/listeners/listener.ts';
import { blockLoop } from '../../block-loop.ts';
import { registryOf } from '../fake-camera.ts';
import { serve } from '../serve.ts';

const keepAliveMs = 300;
const request = 'GET /healthz HTTP/1.1\r\nHost: camgate\r\n\r\n';

it('a request that came while the gateway slept is answered, however long the connection was idle', async () => {
  const server = await serve(registryOf(), {}, { ...defaultTimeLimits, keepAliveMs });
  try {
    const socket = connect(Number(server.url.port), server.url.hostname);
    socket.write(request);
    const [first] = (await once(socket, 'data')) as [Buffer];
    expect(first.toString()).toMatch(/^HTTP\/1\.1 200 /);
    socket.write(request); // at once, into the kernel
    blockLoop(10 * keepAliveMs);
    const [second] = (await once(socket, 'data')) as [Buffer];
    expect(second.toString()).toMatch(/^HTTP\/1\.1 200 /);
    // Nothing more comes, and the connection ends.
    await once(socket.resume(), 'close');
  } finally {
    await server[Symbol.asyncDispose]();
  }
});
