import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startNginx } from '../../edges/nginx.ts';
import { makeKeyPair } from '../../key-pairs.ts';
import { canUse } from '../../programs.ts';
import { Front } from './front.ts';

const run = promisify(execFile);

describe.runIf(canUse('nginx', 'nginx'))('nginx with the recipe', () => {
  let front: Front;

  beforeAll(async () => {
    const pair = makeKeyPair();
    front = await Front.start((origin) => startNginx(origin, pair));
  });
  afterAll(() => front[Symbol.asyncDispose]());

  /** Protocol and status that curl gets. */
  async function curl(path: string, ...options: string[]): Promise<string> {
    const written = '%{http_version} %{response_code}';
    const quiet = ['--silent', '--insecure', '--output', '/dev/null', '--max-time', '10'];
    const url = `https://${front.edge.url.host}${path}`;
    const { stdout } = await run('curl', [...quiet, '--write-out', written, ...options, url]);
    return stdout;
  }
  const login = ['--user', 'viewer:secret'];

  it.each([
    ['--http2', '2'],
    ['--http1.1', '1.1'],
  ])('gives pages and media over TLS to those who know the password: %s', async (option, http) => {
    for (const path of ['/', '/api/cameras', '/cameras/front/index.m3u8']) {
      expect(await curl(path, option), path).toBe(`${http} 401`);
      expect(await curl(path, option, ...login), path).toBe(`${http} 200`);
    }
    expect(await curl('/', option, '--user', 'viewer:wrong')).toBe(`${http} 401`);
  });

  it.each(['--http2', '--http1.1'])(
    'lets go of a held playlist with its viewer: %s',
    async (http) => {
      const { waitCount, abortCount } = front.window;
      const path = '/cameras/front/hls/a1/live.m3u8?_HLS_msn=1&_HLS_part=0';
      const end = new AbortController();
      const options = [http, '--silent', '--insecure', ...login];
      const viewer = run('curl', [...options, `https://${front.edge.url.host}${path}`], {
        signal: end.signal,
      });
      const left = expect(viewer).rejects.toThrow();
      await vi.waitFor(() => expect(front.window.waitCount).toBe(waitCount + 1), 10_000);
      end.abort();
      await left;
      await vi.waitFor(() => expect(front.window.abortCount).toBe(abortCount + 1), 10_000);
    },
  );

  it('shows the metrics to this machine without a password', async () => {
    expect(await curl('/metrics')).toBe('2 200');
  });
});
