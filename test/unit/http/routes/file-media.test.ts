import { mkdtemp, open, rm, truncate, writeFile, type FileHandle } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HttpServer } from '../../../../src/http/server.ts';
import { CamgateError } from '../../../../src/lib/errors.ts';
import { FakeCamera, FakeWindow, registryOf } from '../fake-camera.ts';
import { ask, json, serve } from '../serve.ts';

const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251));
const address = '/cameras/front/hls/a1/7.m4s';

let directory: string;
let path: string;
let camera: FakeCamera;
let window: FakeWindow;
let server: HttpServer;
let handles: FileHandle[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'camgate-file-media-'));
  path = join(directory, 'segment');
  await writeFile(path, bytes);
  window = new FakeWindow('a1');
  handles = [];
  offer(0, bytes.length);
  camera = new FakeCamera('front', window);
  server = await serve(registryOf(camera));
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

function offer(start: number, byteLength: number): void {
  const openFile = async (): Promise<FileHandle> => {
    const handle = await open(path);
    handles.push(handle);
    return handle;
  };
  window.put('7.m4s', {
    kind: 'file',
    contentType: 'video/mp4',
    start,
    byteLength,
    open: openFile,
  });
}

/** fd is -1 once a handle is closed. */
function allClosed(): Promise<void> {
  return vi.waitFor(() => expect(handles.map(({ fd }) => fd)).toEqual(handles.map(() => -1)));
}

describe('media from a file', () => {
  it('is like media from memory', async () => {
    const answer = await ask(server, address);
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      'content-type': 'video/mp4',
      'content-length': '100000',
      'cache-control': 'public, max-age=3600, immutable',
      'accept-ranges': 'bytes',
      'access-control-allow-origin': '*',
    });
    expect(answer.body.equals(bytes)).toBe(true);
    expect(camera.viewers.deliveredBytes.hls).toBe(100_000);
    await allClosed();
  });

  it('answers HEAD without opening the file', async () => {
    const answer = await ask(server, address, { method: 'HEAD' });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-length']).toBe('100000');
    expect(handles).toHaveLength(0);
  });

  it('takes ranges, counted from where the media begins in the file', async () => {
    offer(1000, 5000);
    const range = (value: string) => ask(server, address, { headers: { range: value } });
    const middle = await range('bytes=10-19');
    expect(middle.status).toBe(206);
    expect(middle.headers['content-range']).toBe('bytes 10-19/5000');
    expect(middle.body).toEqual(bytes.subarray(1010, 1020));
    expect((await range('bytes=-5')).body).toEqual(bytes.subarray(5995, 6000));
    expect((await range('bytes=4990-')).body).toEqual(bytes.subarray(5990, 6000));
    expect((await range('bytes=5000-')).status).toBe(416);
    expect((await ask(server, address)).body).toEqual(bytes.subarray(1000, 6000));
    await allClosed();
  });

  it('says media-gone when the file is not there any more', async () => {
    window.put('7.m4s', {
      kind: 'file',
      contentType: 'video/mp4',
      start: 0,
      byteLength: 10,
      open: () => Promise.reject(new CamgateError('media-gone', 'It is gone.')),
    });
    const answer = await ask(server, address);
    expect(answer.status).toBe(404);
    expect(json(answer)).toMatchObject({ code: 'media-gone', camera: 'front' });
  });

  it('cuts the connection when the file is shorter than it was', async () => {
    await truncate(path, 500);
    const headers = { connection: 'keep-alive' };
    await expect(ask(server, address, { headers })).rejects.toThrow(/aborted/);
    await allClosed();
  });

  it('closes the file when the viewer leaves in the middle', async () => {
    await truncate(path, 64 * 1024 * 1024);
    offer(0, 64 * 1024 * 1024);
    const { hostname, port } = server.url;
    await new Promise<void>((resolve, reject) => {
      const viewer = request({ hostname, port, path: address, agent: false }, (response) => {
        response.once('data', () => {
          viewer.destroy();
          resolve();
        });
        response.on('error', () => undefined);
      });
      viewer.on('error', reject);
      viewer.end();
    });
    expect(handles).toHaveLength(1);
    await allClosed();
  });
});
