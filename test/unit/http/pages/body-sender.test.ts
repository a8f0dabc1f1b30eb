import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HttpServer } from '../../../../src/http/server.ts';
import { FakeCamera, registryOf } from '../fake-camera.ts';
import { ask, serve, type Answer } from '../serve.ts';

const metrics = 'camgate_up{camera="front"} 1\n'.repeat(50);
let server: HttpServer;
beforeEach(async () => {
  const cameras = ['a', 'b', 'c'].map((id) => new FakeCamera(id));
  server = await serve(registryOf(...cameras), {
    metrics: () => ({ contentType: 'text/plain', render: () => Promise.resolve(metrics) }),
  });
});
afterEach(() => server[Symbol.asyncDispose]());

function get(path: string, coding: string, more: Record<string, string> = {}): Promise<Answer> {
  return ask(server, path, { headers: { 'accept-encoding': coding, ...more } });
}

describe('bodies of pages, state and scripts', () => {
  it.each(['/vendor/hls.mjs', '/metrics', '/api/cameras'])(
    '%s travels as the viewer likes',
    async (path) => {
      const plain = await ask(server, path);
      const [gzip, brotli] = [await get(path, 'gzip'), await get(path, 'gzip, br')];
      const answers = [plain, gzip, brotli];
      expect(answers.map(({ headers }) => headers['content-encoding'])).toEqual([
        undefined,
        'gzip',
        'br',
      ]);
      for (const { body, headers } of answers) {
        expect(headers['content-length']).toBe(String(body.length));
        expect(headers['vary']).toBe('Accept-Encoding');
        expect(headers['content-type']).toBe(plain.headers['content-type']);
      }
      expect(gzip.body.length).toBeLessThan(plain.body.length / 2);
      expect(brotli.body.length).toBeLessThan(plain.body.length / 2);
      // The state says what time it is.
      const withoutTime = (text: Buffer): string => text.toString().replace(/"serverTime".*/, '');
      expect(withoutTime(gunzipSync(gzip.body))).toBe(withoutTime(plain.body));
      expect(withoutTime(brotliDecompressSync(brotli.body))).toBe(withoutTime(plain.body));
    },
  );

  it('gives each coding of a file a validator of its own', async () => {
    const path = '/vendor/hls.mjs';
    const etagOf = async (coding: string) => String((await get(path, coding)).headers['etag']);
    const [plain, gzip, brotli] = [
      await etagOf('identity'),
      await etagOf('gzip'),
      await etagOf('br'),
    ];
    expect(new Set([plain, gzip, brotli]).size).toBe(3);
    const known = await get(path, 'gzip', { 'if-none-match': gzip });
    expect([known.status, known.body.length]).toEqual([304, 0]);
    expect((await get(path, 'gzip', { 'if-none-match': brotli })).status).toBe(200);
  });

  it('answers HEAD with the headers of the coded body', async () => {
    const headers = { 'accept-encoding': 'br' };
    const head = await ask(server, '/vendor/hls.mjs', { method: 'HEAD', headers });
    const whole = await get('/vendor/hls.mjs', 'br');
    expect(head.headers['content-length']).toBe(String(whole.body.length));
    expect(head.headers['content-encoding']).toBe('br');
  });

  it('leaves short texts as they are', async () => {
    const answer = await get('/app.js', 'gzip');
    expect(answer.headers['content-encoding']).toBeUndefined();
    expect(answer.headers['vary']).toBe('Accept-Encoding');
  });
});
