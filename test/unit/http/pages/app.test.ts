import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import supertest from 'supertest';
import { describe, expect, it } from 'vitest';
import { createApp, type AppOptions } from '../../../../src/http/pages/app.ts';
import { CorsRules } from '../../../../src/http/cors.ts';
import { HttpStats } from '../../../../src/http/http-stats.ts';
import { silentLog } from '../../../../src/lib/log.ts';
import { SystemClock } from '../../../../src/lib/time/clock.ts';
import { FakeCamera, registryOf } from '../fake-camera.ts';
import { serverConfig } from '../serve.ts';

function agent(overrides: Partial<AppOptions> = {}): ReturnType<typeof supertest> {
  return supertest(
    createApp({
      config: serverConfig,
      registry: registryOf(new FakeCamera('front'), new FakeCamera('garden')),
      metrics: {
        contentType: 'text/plain; version=0.0.4',
        render: () => Promise.resolve('up 1\n'),
      },
      stats: new HttpStats(),
      cors: new CorsRules(['*']),
      log: silentLog,
      clock: new SystemClock(),
      publicDir: fileURLToPath(new URL('../public/', import.meta.url)),
      hlsScriptPath: createRequire(import.meta.url).resolve('hls.js/dist/hls.light.min.mjs'),
      version: '1.2.3',
      ...overrides,
    }),
  );
}

describe('state', () => {
  it('lists the cameras', async () => {
    const answer = await agent().get('/api/cameras');
    expect(answer.status).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    const { cameras, serverTime } = answer.body as {
      cameras: { id: string }[];
      serverTime: string;
    };
    expect(cameras.map(({ id }) => id)).toEqual(['front', 'garden']);
    expect(Math.abs(Date.parse(serverTime) - Date.now())).toBeLessThan(5000);
  });

  it('shows one camera, or which one was meant', async () => {
    const known = await agent().get('/api/cameras/front');
    expect(known.body).toMatchObject({ id: 'front', state: 'idle', viewers: { hls: 0 } });
    const unknown = await agent().get('/api/cameras/gardn');
    expect(unknown.status).toBe(404);
    expect(unknown.type).toBe('application/problem+json');
    expect(unknown.headers['x-content-type-options']).toBe('nosniff');
    expect(unknown.body).toMatchObject({
      code: 'camera-unknown',
      detail: 'There is no camera "gardn". Did you mean "garden"?',
    });
  });

  it('tells health, readiness and metrics', async () => {
    expect((await agent().get('/healthz')).body).toEqual({ status: 'ok', version: '1.2.3' });
    expect((await agent().get('/readyz')).body).toEqual({ status: 'ready' });
    const metrics = await agent().get('/metrics');
    expect(metrics.text).toBe('up 1\n');
    expect(metrics.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  });

  it('hides why metrics failed', async () => {
    const render = (): Promise<string> => Promise.reject(new Error('secret'));
    const answer = await agent({ metrics: { contentType: 'text/plain', render } }).get('/metrics');
    expect(answer.status).toBe(500);
    expect(answer.body).toMatchObject({ code: 'internal-error' });
    expect(JSON.stringify(answer.body)).not.toContain('secret');
  });
});

describe('pages', () => {
  it.each([
    ['/', 'index'],
    ['/cameras/front', 'camera'],
    ['/embed/front', 'embed'],
  ])('%s is %s.html, revalidated', async (path, title) => {
    const answer = await agent().get(path);
    expect(answer.text).toContain(`<title>${title}</title>`);
    expect(answer.headers['cache-control']).toBe('no-cache');
    const again = await agent().get(path).set('If-None-Match', String(answer.headers['etag']));
    expect(again.status).toBe(304);
  });

  it('shows people the page of an unknown camera, and programs a problem', async () => {
    const page = await agent().get('/cameras/none').set('Accept', 'text/html,*/*;q=0.8');
    expect([page.status, page.type]).toEqual([404, 'text/html']);
    const problem = await agent().get('/embed/none').set('Accept', '*/*');
    expect([problem.status, problem.type]).toEqual([404, 'application/problem+json']);
    for (const { headers } of [page, problem]) {
      expect(String(headers['vary']).split(', ')).toContain('Accept');
    }
  });

  it.each(['/no/such/path', '/embed', '/index.html', '/nothing.js', '/%ZZ'])(
    '%s leads people back to the cameras, and tells programs that nothing is there',
    async (path) => {
      const page = await agent().get(path).set('Accept', 'text/html,*/*;q=0.8');
      expect([page.status, page.type]).toEqual([404, 'text/html']);
      expect(page.text).toContain('<title>not-found</title>');
      expect(page.headers['cache-control']).toBe('no-store');
      expect(page.headers['content-security-policy']).toContain("default-src 'self'");
      const problem = await agent().get(path).set('Accept', '*/*');
      expect([problem.status, problem.type]).toEqual([404, 'application/problem+json']);
      for (const { headers } of [page, problem]) {
        expect(String(headers['vary']).split(', ')).toContain('Accept');
      }
    },
  );

  it.each(['/cameras', '/cameras/'])('%s leads to the wall', async (path) => {
    const answer = await agent().get(path);
    expect(answer.status).toBe(302);
    for (const place of ['', '/cams']) {
      const opened = new URL(`https://example.com${place}${path}`);
      const { pathname } = new URL(String(answer.headers['location']), opened);
      expect(pathname).toBe(`${place}/`);
    }
  });

  it('lets only /embed be framed by others', async () => {
    const config = { ...serverConfig, frameAncestors: ['https://a.example', "'self'"] };
    const wall = await agent({ config }).get('/');
    expect(wall.headers['content-security-policy']).toContain("frame-ancestors 'self'");
    expect(wall.headers['x-frame-options']).toBe('SAMEORIGIN');
    const embed = await agent({ config }).get('/embed/front');
    expect(embed.headers['content-security-policy']).toContain(
      "frame-ancestors https://a.example 'self'",
    );
    expect(embed.headers['x-frame-options']).toBeUndefined();
  });

  it('allows what the player needs and no foreign source', async () => {
    const policy = String((await agent().get('/')).headers['content-security-policy']).split(';');
    expect(policy).toEqual(
      expect.arrayContaining([
        "default-src 'self'",
        "script-src 'self'",
        "media-src 'self' blob:",
        "worker-src 'self' blob:",
        "img-src 'self' blob: data:",
      ]),
    );
    expect(policy).not.toContain('upgrade-insecure-requests');
  });
});

describe('assets', () => {
  it('serves scripts with a validator, cached briefly', async () => {
    const answer = await agent().get('/app.js');
    expect(answer.type).toBe('text/javascript');
    expect(answer.headers['cache-control']).toBe('public, max-age=60');
    const again = await agent().get('/app.js').set('If-None-Match', String(answer.headers['etag']));
    expect(again.status).toBe(304);
  });

  it('serves hls.js from its package', async () => {
    const answer = await agent().get('/vendor/hls.mjs');
    expect([answer.status, answer.type]).toEqual([200, 'text/javascript']);
    expect(answer.text).toContain('export');
  });

  it('can only be read', async () => {
    expect((await agent().post('/app.js')).status).toBe(405);
  });

  it.each(['/camera.html', '/nothing.js', '/tsconfig.json', '/.hidden.js', '/%2e%2e/app.test.js'])(
    '%s is not there',
    async (path) => {
      const answer = await agent().get(path);
      expect(answer.status).toBe(404);
      expect(answer.body).toMatchObject({ code: 'not-found' });
    },
  );

  it('names the methods that are left', async () => {
    const answer = await agent().post('/api/cameras');
    expect(answer.status).toBe(405);
    expect(answer.headers['allow']).toBe('GET, HEAD, OPTIONS');
    expect(answer.body).toMatchObject({ code: 'method-not-allowed' });
    expect((await agent().head('/api/cameras')).status).toBe(200);
  });
});

describe('cross-origin rules', () => {
  it.each(['/api/cameras', '/api/cameras/none', '/no/such/path', '/metrics', '/', '/%ZZ'])(
    '%s can be read by other pages, whatever the answer',
    async (path) => {
      const answer = await agent().get(path).set('Origin', 'https://a.example');
      expect(answer.headers['access-control-allow-origin']).toBe('*');
      expect(answer.headers['access-control-expose-headers']).toContain('Retry-After');
    },
  );

  it('lets only the configured origins read, and tells caches', async () => {
    const cors = new CorsRules(['https://a.example']);
    const ask = (origin: string): Promise<supertest.Response> =>
      agent({ cors }).get('/no/such/path').set('Origin', origin);
    const [allowed, refused] = [await ask('https://a.example'), await ask('https://b.example')];
    expect(allowed.headers['access-control-allow-origin']).toBe('https://a.example');
    expect(refused.headers['access-control-allow-origin']).toBeUndefined();
    for (const answer of [allowed, refused]) {
      expect(answer.status).toBe(404);
      expect(answer.headers['vary']).toContain('Origin');
    }
  });

  it.each(['/api/cameras', '/no/such/path', '/'])('answers a preflight of %s', async (path) => {
    const answer = await agent()
      .options(path)
      .set('Origin', 'https://a.example')
      .set('Access-Control-Request-Method', 'GET')
      .set('Access-Control-Request-Private-Network', 'true');
    expect(answer.status).toBe(204);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, HEAD, OPTIONS',
      'access-control-max-age': '86400',
    });
    expect(answer.headers).not.toHaveProperty('access-control-allow-private-network');
  });
});
