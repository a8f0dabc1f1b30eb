import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Snapshot } from '../../../../src/outputs/viewable-camera.ts';
import type { HttpServer } from '../../../../src/http/server.ts';
import { CamgateError } from '../../../../src/lib/errors.ts';
import { FakeCamera, jpeg, registryOf } from '../fake-camera.ts';
import { ask, json, serve } from '../serve.ts';

const path = '/cameras/front/snapshot.jpg';
let server: HttpServer;

async function start(): Promise<FakeCamera> {
  const camera = new FakeCamera('front');
  server = await serve(registryOf(camera));
  return camera;
}

afterEach(() => server[Symbol.asyncDispose]());

describe('snapshot.jpg', () => {
  it('shows the newest picture and when it was taken', async () => {
    const camera = await start();
    const takenAtMs = Date.UTC(2026, 0, 31, 12, 0, 0, 900);
    const ageMs = (): number => 2500;
    camera.nextSnapshot = () => Promise.resolve({ bytes: jpeg, takenAtMs, ageMs, etag: '"s7"' });
    const answer = await ask(server, `${path}?t=123`).finally(() => vi.restoreAllMocks());
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual(jpeg);
    expect(answer.headers).toMatchObject({
      'content-type': 'image/jpeg',
      'x-content-type-options': 'nosniff',
      'content-length': String(jpeg.length),
      'cache-control': 'no-cache',
      'content-disposition': 'inline; filename="front-20260131T120000Z.jpg"',
      'last-modified': 'Sat, 31 Jan 2026 12:00:00 GMT',
      'access-control-allow-origin': '*',
      age: '2',
      etag: '"s7"',
    });
    expect(camera.viewers.deliveredBytes.snapshot).toBe(jpeg.length);
    expect(camera.snapshotRequests).toEqual([{ maxAgeMs: undefined, width: undefined }]);
  });

  it.each([
    [{ 'if-none-match': '"s7"' }, 304],
    [{}, 200],
    [{ 'if-none-match': '*' }, 304],
    [{ 'if-none-match': 'W/"s7"' }, 304],
    [{ 'if-none-match': '"s6" , "s7"' }, 304],
    [{ 'if-none-match': '"s6"' }, 200],
    [{ 'if-none-match': 's7' }, 200],
    // A forced reload.
    [{ 'if-none-match': '"s7"', 'cache-control': 'no-cache' }, 200],
    [{ 'if-modified-since': 'Sat, 31 Jan 2026 12:00:00 GMT' }, 304],
    [{ 'if-modified-since': 'Sat, 31 Jan 2026 11:59:59 GMT' }, 200],
    [{ 'if-none-match': '"s6"', 'if-modified-since': 'Sat, 31 Jan 2026 12:00:00 GMT' }, 200],
    [{ 'if-modified-since': 'yesterday' }, 200],
  ])('%o', async (headers, status) => {
    const camera = await start();
    const takenAtMs = Date.UTC(2026, 0, 31, 12, 0, 0, 900);
    const ageMs = (): number => 0;
    camera.nextSnapshot = () => Promise.resolve({ bytes: jpeg, takenAtMs, ageMs, etag: '"s7"' });
    const answer = await ask(server, path, { headers: headers });
    expect(answer.status).toBe(status);
    expect(answer.body).toHaveLength(status === 304 ? 0 : jpeg.length);
  });

  it('is an empty answer for a page that asked for that when there is none', async () => {
    const camera = await start();
    const away = new CamgateError('camera-connecting', 'Not yet.', { retryAfterMs: 2000 });
    camera.nextSnapshot = () => Promise.reject(away);
    const answer = await ask(server, `${path}?width=320&missing=204`);
    expect([answer.status, answer.body.length]).toEqual([204, 0]);
    expect(answer.headers).toMatchObject({
      'cache-control': 'no-store',
      'retry-after': '2',
      'access-control-allow-origin': '*',
    });
    expect((await ask(server, `${path}?missing=1`)).status).toBe(503);
    camera.nextSnapshot = () => Promise.reject(new CamgateError('query-invalid', 'No.'));
    expect((await ask(server, `${path}?missing=204`)).status).toBe(400);
  });

  it('reads maxAge and width', async () => {
    const camera = await start();
    await ask(server, `${path}?maxAge=2.5&width=320`);
    expect(camera.snapshotRequests).toEqual([{ maxAgeMs: 2500, width: 320 }]);
  });

  it.each([
    ['width=321', 'width must be one of 160, 320, 480, 640, 960, 1280.'],
    ['width=', 'width must be one of'],
    ['maxAge=-1', 'maxAge must be a number'],
    ['maxAge=soon', 'maxAge must be a number'],
    ['maxAge=%ZZ', 'maxAge must be a number'],
    ['maxAge=999999', 'maxAge must be a number'],
  ])('refuses ?%s', async (query, detail) => {
    const camera = await start();
    const answer = await ask(server, `${path}?${query}`);
    expect(answer.status).toBe(400);
    expect(json(answer)).toMatchObject({ code: 'query-invalid', camera: 'front' });
    expect(json(answer)['detail']).toContain(detail);
    expect(camera.snapshotRequests).toEqual([]);
  });

  it('asks the camera once for all who wait for the same picture', async () => {
    const camera = await start();
    const visits = vi.spyOn(camera.viewers, 'visit');
    let give: (snapshot: Snapshot) => void = () => undefined;
    camera.nextSnapshot = () => new Promise((resolve) => (give = resolve));
    const asked = Array.from({ length: 10 }, () => ask(server, path));
    await vi.waitFor(() => expect(visits).toHaveBeenCalledTimes(10));
    give({ bytes: jpeg, takenAtMs: Date.now(), ageMs: () => 0, etag: '"s1"' });
    for (const answer of await Promise.all(asked)) expect(answer.body).toEqual(jpeg);
    expect(camera.snapshotRequests).toHaveLength(1);
  });

  it('says when there is nothing fresh', async () => {
    const camera = await start();
    camera.nextSnapshot = () =>
      Promise.reject(new CamgateError('snapshot-stale', 'Too old.', { retryAfterMs: 400 }));
    const answer = await ask(server, `${path}?maxAge=1`);
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('1');
    expect(json(answer)).toMatchObject({ code: 'snapshot-stale', camera: 'front' });
  });
});
