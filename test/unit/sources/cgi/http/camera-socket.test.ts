import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { describe, expect, it } from 'vitest';
import { connectCamera } from '../../../../../src/sources/cgi/http/camera-socket.ts';
import { exchange } from '../../../../../src/sources/cgi/http/http-exchange.ts';
import { defaultTimeouts } from '../../../../../src/sources/cgi/http/timeouts.ts';
import { RawServer } from '../raw-server.ts';

const never = new AbortController().signal;

/** Made for this test, as cameras make theirs: for another name, by nobody. */
const cert = `-----BEGIN CERTIFICATE-----
MIIBezCCASGgAwIBAgIUO7opTU8BX8P9wPaiFfe6BtzjMMowCgYIKoZIzj0EAwIw
EzERMA8GA1UEAwwIaXBjYW1lcmEwHhcNMjYxMTIzMjAzNTM3WhcNMzYxMTIwMjAz
NTM3WjATMREwDwYDVQQDDAhpcGNhbWVyYTBZMBMGByqGSM49AgEGCCqGSM49AwEH
A0IABNisBEyk47ENLN+w8g67KF4Ai0mK9j2K4iVAYHRjMUwWfoLZpt1kv10PHG84
QrvIpaBaVfF3/I5mPIzBwoWdwVGjUzBRMB0GA1UdDgQWBBSH07/e/NGS7KsPSk8d
mlgldfgmijAfBgNVHSMEGDAWgBSH07/e/NGS7KsPSk8dmlgldfgmijAPBgNVHRMB
Af8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIQC2grYsUzl7YjA1t6h7vhRAPTuP
1UXzSjUSsZuRFppIdAIgBeLx2XudTOImLuQeCWEUgHTOHdSRPxXku3DVaYGXBT4=
-----END CERTIFICATE-----`;
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgtb/CMDJhNIubgWmU
rzeZJlWGokF5+nSbJ615wHxbtymhRANCAATYrARMpOOxDSzfsPIOuyheAItJivY9
iuIlQGB0YzFMFn6C2abdZL9dDxxvOEK7yKWgWlXxd/yOZjyMwcKFncFR
-----END PRIVATE KEY-----`;

describe('connectCamera', () => {
  it('takes the self-signed certificate that cameras have', async () => {
    const server = tls.createServer({ cert, key }, (socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end('HTTP/1.0 200 OK\r\n\r\nhello'));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    try {
      const url = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      const answer = await exchange({ url, authorization: undefined }, defaultTimeouts, never);
      const chunks: Buffer[] = [];
      for await (const chunk of answer.body) chunks.push(chunk);
      expect(Buffer.concat(chunks).toString()).toBe('hello');
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('fails with `unreachable` when there is no TLS behind an https address', async () => {
    await using server = await RawServer.start((socket) => socket.end('HTTP/1.0 400 x\r\n\r\n'));
    server.answerAnything();
    const url = new URL(server.url.href.replace('http:', 'https:'));
    await expect(connectCamera(url, AbortSignal.timeout(5000))).rejects.toMatchObject({
      reason: 'unreachable',
    });
  });

  it('fails with `unreachable` for a name that is unknown, without naming anything secret', async () => {
    const url = new URL('http://camera.invalid/av.asf?pwd=secret');
    const error: unknown = await connectCamera(url, never).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ reason: 'unreachable' });
    expect(String(error)).not.toContain('secret');
  });
});
