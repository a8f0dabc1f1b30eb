import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startVarnish } from '../../edges/varnish.ts';
import { canUse } from '../../programs.ts';
import { Front } from './front.ts';

describe.runIf(canUse('varnishd', 'varnish'))('Varnish with the recipe', () => {
  let front: Front;

  beforeAll(async () => {
    front = await Front.start(startVarnish);
  });
  afterAll(() => front[Symbol.asyncDispose]());

  const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(new URL(path, front.edge.url), { headers });

  it.each(['/', '/api/cameras', '/cameras/front/index.m3u8', '/cameras/front/snapshot.jpg'])(
    'passes %s each time',
    async (path) => {
      for (let time = 0; time < 2; time++) {
        const answer = await get(path);
        expect(answer.status).toBe(200);
        expect(answer.headers.get('x-cache-status')).toBe('PASS');
        await answer.arrayBuffer();
      }
    },
  );

  it('keeps media for viewers with cookies, by whatever host they ask', async () => {
    front.window.add('7.m4s', [Buffer.alloc(1000, 7)]);
    await get('/cameras/front/hls/a1/7.m4s');
    const again = await get('/cameras/front/hls/a1/7.m4s', { cookie: 'a=b', host: 'other' });
    expect(again.headers.get('x-cache-status')).toBe('HIT');
  });

  it.each(['/metrics', '/metrics?a', '/Metrics/'])('shows no %s', async (path) => {
    expect((await get(path)).status).toBe(403);
  });

  it('says so when camgate is away', async () => {
    await front.server[Symbol.asyncDispose]();
    await vi.waitFor(async () => {
      const answer = await get('/cameras/front/hls/a1/live.m3u8?_HLS_msn=0');
      expect(answer.status).toBe(503);
      expect(answer.headers.get('access-control-allow-origin')).toBe('*');
      expect(answer.headers.get('retry-after')).toBe('2');
      expect(await answer.text()).toBe('camgate does not answer.');
    });
  });
});
