import { afterEach, describe, expect, it } from 'vitest';
import type { HttpServer } from '../../../../src/http/server.ts';
import { FakeCamera, FakeWindow, registryOf } from '../fake-camera.ts';
import { ask, json, serve, serverConfig } from '../serve.ts';

let server: HttpServer;

async function start(...cameras: FakeCamera[]): Promise<void> {
  server = await serve(registryOf(...cameras));
}

afterEach(() => server[Symbol.asyncDispose]());

describe('cross-origin rules', () => {
  it('answers preflights', async () => {
    await start(new FakeCamera('front'));
    const answer = await ask(server, '/cameras/front/index.m3u8', {
      method: 'OPTIONS',
      headers: { origin: 'https://a.example', 'access-control-request-headers': 'range' },
    });
    expect(answer.status).toBe(204);
    expect(answer.headers['access-control-allow-headers']).toContain('Range');
    expect(answer.headers['access-control-allow-origin']).toBe('*');
  });

  it('lets only the configured origins in, errors included', async () => {
    server = await serve(registryOf(new FakeCamera('front', new FakeWindow('a1'))), {
      config: { ...serverConfig, cors: ['https://a.example'] },
    });
    for (const path of ['/cameras/front/index.m3u8', '/cameras/none/index.m3u8']) {
      const allowed = await ask(server, path, { headers: { origin: 'https://a.example' } });
      expect(allowed.headers['access-control-allow-origin']).toBe('https://a.example');
      const refused = await ask(server, path, { headers: { origin: 'https://b.example' } });
      expect(refused.headers['access-control-allow-origin']).toBeUndefined();
      for (const { headers } of [allowed, refused]) expect(headers.vary).toContain('Origin');
    }
  });

  it.each([
    [['*'], 'cross-origin'],
    [['https://a.example'], undefined],
    [[], 'same-origin'],
  ])('with cors %j plain images and videos of other pages are: %s', async (cors, policy) => {
    server = await serve(registryOf(new FakeCamera('front', new FakeWindow('a1'))), {
      config: { ...serverConfig, cors },
    });
    const answer = await ask(server, '/cameras/front/snapshot.jpg');
    expect(answer.headers['cross-origin-resource-policy']).toBe(policy);
  });

  it('refuses other methods and names the allowed ones', async () => {
    await start(new FakeCamera('front', new FakeWindow('a1')));
    const answer = await ask(server, '/cameras/front/index.m3u8', { method: 'POST' });
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe('GET, HEAD, OPTIONS');
  });

  it('names the camera that was probably meant', async () => {
    await start(new FakeCamera('front'), new FakeCamera('garden'));
    const answer = await ask(server, '/cameras/frnt/index.m3u8');
    expect(answer.status).toBe(404);
    expect(json(answer)).toMatchObject({ code: 'camera-unknown' });
    expect(json(answer)['detail']).toContain('"front"');
  });
});
