import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CamgateError } from '../../../../src/lib/errors.ts';
import type { HttpServer } from '../../../../src/http/server.ts';
import { FakeCamera, registryOf } from '../fake-camera.ts';
import { answerOf, Http2Rig } from '../http2-rig.ts';
import { RawClient } from '../raw-client.ts';
import { ask, json, serve, type Answer } from '../serve.ts';

const path = '/api/cameras/front/retry';
const own = { 'X-Requested-With': 'camgate' };
let server: HttpServer;
let front: FakeCamera;

beforeEach(async () => {
  front = new FakeCamera('front');
  server = await serve(registryOf(front, new FakeCamera('garden')));
});
afterEach(() => server[Symbol.asyncDispose]());

const post = (target = path, headers: Record<string, string> = own): Promise<Answer> =>
  ask(server, target, { method: 'POST', headers });
const problem = (answer: Answer): unknown[] => [answer.status, json(answer)['code']];

describe('a retry', () => {
  it('is passed on, and answered with the state of the camera', async () => {
    const answer = await post();
    expect(answer.status).toBe(202);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(json(answer)).toMatchObject({ id: 'front', state: 'idle' });
    expect(front.retryCount).toBe(1);
  });

  it('says when it comes too early, and for which camera it cannot be', async () => {
    const options = { retryAfterMs: 90_000 };
    front.retryFailure = new CamgateError('retry-too-early', 'Not yet.', options);
    const early = await post();
    expect(problem(early)).toEqual([429, 'retry-too-early']);
    expect(early.headers['retry-after']).toBe('90');
    expect(problem(await post('/api/cameras/gardn/retry'))).toEqual([404, 'camera-unknown']);
  });

  it.each([
    ['without the header', {}],
    ['with another value of it', { 'X-Requested-With': 'XMLHttpRequest' }],
    ['from a page of another site', { ...own, 'Sec-Fetch-Site': 'cross-site' }],
    ['from a page of another port', { ...own, 'Sec-Fetch-Site': 'same-site' }],
  ])('is refused %s', async (_how, headers) => {
    expect(problem(await post(path, headers))).toEqual([403, 'origin-refused']);
    expect(front.retryCount).toBe(0);
  });

  it('cannot be asked for by a page of another origin, even where all may have media', async () => {
    const preflight = await ask(server, path, {
      method: 'OPTIONS',
      headers: {
        Origin: 'https://a.example',
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'x-requested-with',
      },
    });
    expect(preflight.headers['access-control-allow-headers']).not.toMatch(/requested/i);
    expect(preflight.headers['access-control-allow-methods']).not.toContain('POST');
  });

  it('takes POST alone', async () => {
    const answer = await ask(server, path);
    expect(problem(answer)).toEqual([405, 'method-not-allowed']);
    expect(answer.headers['allow']).toBe('POST, OPTIONS');
  });

  it.each([path, '/api/cameras/%ZZ/retry'])('says so when %s is asked', async (each) => {
    const answer = await ask(server, each, { method: 'OPTIONS' });
    expect(answer.status).toBe(204);
    expect(answer.headers['allow']).toBe('POST, OPTIONS');
  });
});

describe('a body', () => {
  const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nX-Requested-With: camgate\r\n`;

  it('is no hindrance to the request behind it, read or not', async () => {
    using client = new RawClient(server);
    client.socket.write(`${head}Content-Length: 8192\r\n\r\n${'x'.repeat(8192)}`);
    client.get('/healthz');
    await vi.waitFor(() => expect(client.statuses).toEqual([202, 200]));
  });

  it.each([
    ['that is too large', `Content-Length: 100000\r\n\r\n${'x'.repeat(100_000)}`],
    [
      'that turns out too large',
      `Transfer-Encoding: chunked\r\n\r\n4000\r\n${'x'.repeat(0x4000)}\r\n0\r\n\r\n`,
    ],
  ])('%s is refused', async (_what, rest) => {
    using client = new RawClient(server);
    client.socket.write(head + rest);
    client.get('/healthz');
    await vi.waitFor(() => expect(client.statuses).toEqual([413, 200]));
    expect(front.retryCount).toBe(0);
  });
});

describe('over HTTP/2', () => {
  let rig: Http2Rig;
  beforeEach(async () => {
    rig = await Http2Rig.start();
  });
  afterEach(() => rig[Symbol.asyncDispose]());

  const request = (headers: Record<string, string>, body?: string) => {
    const target = { ':path': path, ':method': 'POST', 'x-requested-with': 'camgate' };
    const stream = rig.open().request({ ...target, ...headers });
    stream.end(body);
    return answerOf(stream);
  };

  it('a retry works with a body and without', async () => {
    expect((await request({})).status).toBe(202);
    expect((await request({ 'content-length': '2' }, '{}')).status).toBe(202);
    expect((await request({}, '{}')).status).toBe(202);
    expect(rig.camera.retryCount).toBe(3);
  });

  it('a body that is too large is refused, whether it says so or not', async () => {
    const large = 'x'.repeat(100_000);
    expect((await request({ 'content-length': '100000' }, large)).status).toBe(413);
    expect((await request({}, large)).status).toBe(413);
    expect(rig.camera.retryCount).toBe(0);
  });
});
