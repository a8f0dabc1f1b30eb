import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import type { HttpServer } from '../../src/http/server.ts';
import { FakeCamera, frameOf, jpeg, registryOf } from '../unit/http/fake-camera.ts';
import { serve } from '../unit/http/serve.ts';

const run = promisify(execFile);
let server: HttpServer;
afterEach(() => server[Symbol.asyncDispose]());

describe('stream.mjpg, judged by ffmpeg', () => {
  it('is read frame by frame', async () => {
    const camera = new FakeCamera('front');
    server = await serve(registryOf(camera));
    const pace = setInterval(() => camera.show(frameOf(jpeg)), 40);
    try {
      const url = new URL('/cameras/front/stream.mjpg', server.url).href;
      const output = ['-frames:v', '10', '-f', 'framemd5', '-'];
      const { stdout } = await run(
        'ffmpeg',
        ['-v', 'error', '-f', 'mpjpeg', '-i', url, ...output],
        {
          timeout: 30_000,
        },
      );
      const frames = stdout.split('\n').filter((line) => /^0,/.test(line));
      expect(frames).toHaveLength(10);
      expect(stdout).toContain('#dimensions 0: 32x24');
      expect(new Set(frames.map((line) => line.split(',').at(-1)?.trim())).size).toBe(1);
    } finally {
      clearInterval(pace);
    }
  });
});
