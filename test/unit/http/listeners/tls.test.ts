import { request as httpsRequest } from 'node:https';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect as tlsConnect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HttpServer } from '../../../../src/http/server.ts';
import { makeKeyPair } from '../../../key-pairs.ts';
import { registryOf } from '../fake-camera.ts';
import { ask, Http2Rig } from '../http2-rig.ts';
import { serve } from '../serve.ts';
import { TlsFolder, writePair } from '../tls-rig.ts';

describe('TLS', () => {
  let rig: Http2Rig;
  beforeEach(async () => {
    rig = await Http2Rig.start();
  });
  afterEach(() => rig[Symbol.asyncDispose]());

  it('speaks HTTP/1.1 with those who know nothing else', async () => {
    const get = (path: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const request = httpsRequest(
          new URL(path, rig.server.url),
          { rejectUnauthorized: false, agent: false },
          (response) => {
            response.resume();
            response.on('end', () =>
              resolve(`${response.httpVersion} ${response.statusCode ?? 0}`),
            );
          },
        );
        request.on('error', reject);
        request.end();
      });
    expect(await get('/cameras/front/hls/a1/42.m4s')).toBe('1.1 200');
    expect(await get('/api/cameras')).toBe('1.1 200');
  });

  it('refuses versions before 1.2', async () => {
    const old = {
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    } as const;
    await expect(shake(rig.server, old)).rejects.toThrow();
  });

  it('does not start with a pair that does not fit', async () => {
    using folder = new TlsFolder();
    const keyPath = join(folder.path, 'other.key');
    writeFileSync(keyPath, makeKeyPair().key);
    const config = { ...folder.config, tls: { ...folder.tls, keyPath } };
    await expect(serve(registryOf(), { config })).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringContaining('other.key does not belong to the certificate') as string,
    });
  });

  it('shows a renewed certificate, with open connections left alone', async () => {
    const commonName = async (): Promise<string> => {
      const socket = await shake(rig.server);
      const { subject } = socket.getPeerCertificate();
      socket.destroy();
      return String(subject.CN);
    };
    const session = rig.open();
    await ask(session, '/healthz');
    expect(await commonName()).toBe('localhost');
    writePair(rig.folder.path, makeKeyPair('second'));
    await vi.waitFor(async () => expect(await commonName()).toBe('second'), {
      interval: 100,
    });
    expect((await ask(session, '/healthz')).status).toBe(200);
  });
});

/** Resolves after the handshake. */
function shake(server: HttpServer, options: ConnectionOptions = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const address = { host: '127.0.0.1', port: Number(server.url.port), rejectUnauthorized: false };
    const socket = tlsConnect({ ...address, ...options }, () => resolve(socket));
    socket.on('error', reject);
  });
}
