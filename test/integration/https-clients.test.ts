import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HttpServer } from '../../src/http/server.ts';
import { makeKeyPair } from '../key-pairs.ts';
import { FakeCamera, FakeWindow, frameOf, jpeg, registryOf } from '../unit/http/fake-camera.ts';
import { serve, serverConfig } from '../unit/http/serve.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'camgate-https-'));
const camera = new FakeCamera('front', new FakeWindow('a1'));
let server: HttpServer;

beforeAll(async () => {
  const { certificate, key } = makeKeyPair();
  const tls = { certificatePath: join(folder, 'tls.crt'), keyPath: join(folder, 'tls.key') };
  writeFileSync(tls.certificatePath, certificate);
  writeFileSync(tls.keyPath, key);
  server = await serve(registryOf(camera), { config: { ...serverConfig, tls } });
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

function curl(...args: string[]): Promise<string> {
  const written = '%{http_version} %{response_code}';
  const options = ['--silent', '--cacert', join(folder, 'tls.crt'), '--output', '/dev/null'];
  return run('curl', [...options, '--max-time', '10', '--write-out', written, ...args]).then(
    ({ stdout }) => stdout,
  );
}

describe('HTTPS, judged by curl and ffprobe', () => {
  it.each([
    ['--http2', '2 200'],
    ['--http1.1', '1.1 200'],
  ])('curl %s verifies the certificate and gets pages and media', async (option, expected) => {
    for (const path of ['/', '/api/cameras', '/cameras/front/index.m3u8']) {
      expect(await curl(option, new URL(path, server.url).href), path).toBe(expected);
    }
    const head = new URL('/cameras/front/stream.mjpg', server.url).href;
    expect(await curl(option, '--head', head)).toBe(expected);
  });

  it('ffprobe reads frames', async () => {
    const pace = setInterval(() => camera.show(frameOf(jpeg)), 40);
    try {
      const url = new URL('/cameras/front/stream.mjpg', server.url).href;
      const shown = ['-show_entries', 'stream=codec_name,width', '-of', 'csv=p=0'];
      const args = ['-v', 'error', '-tls_verify', '0', '-f', 'mpjpeg', ...shown, url];
      const { stdout } = await run('ffprobe', args, { timeout: 20_000 });
      expect(stdout.trim()).toBe('mjpeg,32');
    } finally {
      clearInterval(pace);
    }
  });
});
