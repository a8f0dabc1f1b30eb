import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { PlaylistText } from '../../../../src/outputs/hls/window/window.ts';
import { PlaylistAnswers } from '../../../../src/http/routes/playlist-answer.ts';
import type { HttpServer } from '../../../../src/http/server.ts';
import { FakeCamera, FakeWindow, registryOf } from '../fake-camera.ts';
import { ask, serve } from '../serve.ts';

const lines = '#EXT-X-PART:DURATION=0.20000,URI="part-1.m4s"\n'.repeat(30);
const text: PlaylistText = {
  body: Buffer.from(`#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:4\n${lines}`),
  etag: '"a1-7"',
};

function headersOf(answer: { readonly headers: readonly string[] }): Map<string, string> {
  const pairs = answer.headers.map((value, index) => [value, answer.headers[index + 1]]);
  return new Map(pairs.filter((_, index) => index % 2 === 0) as [string, string][]);
}

describe('PlaylistAnswers', () => {
  it('codes a text once for all who take it the same way', () => {
    const answers = new PlaylistAnswers();
    const gzip = answers.answerFor(text, 'gzip', false);
    expect(gunzipSync(gzip.body)).toEqual(text.body);
    expect(answers.answerFor(text, 'gzip, deflate', false).body).toBe(gzip.body);
    const brotli = answers.answerFor(text, 'gzip, br', false);
    expect(brotliDecompressSync(brotli.body)).toEqual(text.body);
    expect(answers.answerFor(text, undefined, false).body).toBe(text.body);
  });

  it('gives each coding a validator of its own', () => {
    const answers = new PlaylistAnswers();
    const etags = ['gzip', 'br', undefined].map((accept) => {
      const answer = answers.answerFor(text, accept, false);
      expect(headersOf(answer).get('ETag')).toBe(answer.etag);
      expect(headersOf(answer).get('Vary')).toBe('Accept-Encoding');
      return answer.etag;
    });
    expect(etags).toEqual(['"a1-7-gzip"', '"a1-7-br"', '"a1-7"']);
  });

  it('leaves short texts as they are', () => {
    const short: PlaylistText = { body: Buffer.from('#EXTM3U\n'), etag: '"v1"' };
    const answer = new PlaylistAnswers().answerFor(short, 'gzip', false);
    expect(answer.body).toBe(short.body);
    expect(headersOf(answer).has('Content-Encoding')).toBe(false);
    expect(headersOf(answer).get('Vary')).toBe('Accept-Encoding');
  });

  it('lets caches keep what rfc8216bis says, by the target duration of the text', () => {
    const answers = new PlaylistAnswers();
    const control = (playlist: PlaylistText, isBlocking: boolean): string | undefined =>
      headersOf(answers.answerFor(playlist, undefined, isBlocking)).get('Cache-Control');
    expect(control(text, true)).toBe('public, max-age=24');
    expect(control(text, false)).toBe('public, max-age=0, s-maxage=2');
    const multivariant: PlaylistText = { body: Buffer.from('#EXTM3U\n'), etag: '"v1"' };
    expect(control(multivariant, false)).toBe('no-cache');
  });
});

describe('a coded playlist over HTTP', () => {
  let server: HttpServer;
  afterEach(() => server[Symbol.asyncDispose]());
  const path = '/cameras/front/hls/a1/live.m3u8';

  it('has the same headers for HEAD, and 304 for its own validator alone', async () => {
    const window = new FakeWindow('a1');
    window.playlistLines = lines;
    server = await serve(registryOf(new FakeCamera('front', window)));
    const headers = { 'accept-encoding': 'gzip' };
    const plain = await ask(server, path);
    const get = await ask(server, path, { headers });
    const head = await ask(server, path, { method: 'HEAD', headers });
    expect(gunzipSync(get.body)).toEqual(plain.body);
    expect(get.body.length).toBeLessThan(plain.body.length / 4);
    expect(head.body).toHaveLength(0);
    expect({ ...head.headers, date: '' }).toEqual({ ...get.headers, date: '' });
    expect(get.headers).toMatchObject({
      'content-encoding': 'gzip',
      'content-length': String(get.body.length),
      vary: 'Accept-Encoding',
    });
    const again = (etag: unknown): Promise<{ status: number }> =>
      ask(server, path, { headers: { ...headers, 'if-none-match': String(etag) } });
    expect((await again(get.headers.etag)).status).toBe(304);
    expect((await again(plain.headers.etag)).status).toBe(200);
  });

  it('never codes media and pictures', async () => {
    const window = new FakeWindow('a1');
    window.add('42.m4s', [Buffer.alloc(4000)]);
    server = await serve(registryOf(new FakeCamera('front', window)));
    for (const file of ['hls/a1/42.m4s', 'snapshot.jpg']) {
      const answer = await ask(server, `/cameras/front/${file}`, {
        headers: { 'accept-encoding': 'gzip, br' },
      });
      expect(answer.status).toBe(200);
      expect(answer.headers['content-encoding']).toBeUndefined();
    }
  });
});
