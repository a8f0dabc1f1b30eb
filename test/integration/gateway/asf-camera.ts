import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { AsfReader } from '../../../src/media/asf/asf-reader.ts';

const run = promisify(execFile);

/** An ASF of the system's ffmpeg: moving picture of 320x240 at 10 frames a second, keyframes each second, 12 s. */
export async function encodeAsf(
  video: readonly string[],
  audio: readonly string[],
): Promise<Buffer> {
  const picture = ['-f', 'lavfi', '-i', 'testsrc2=size=320x240:rate=10:duration=12'];
  const tone = ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=8000:duration=12'];
  const codecs = [...video, '-g', '10', '-bf', '0', ...(audio.length === 0 ? ['-an'] : audio)];
  const { stdout } = await run(
    'ffmpeg',
    [
      ...['-hide_banner', '-loglevel', 'error', ...picture, ...(audio.length === 0 ? [] : tone)],
      ...[...codecs, '-f', 'asf', '-packet_size', '1400', 'pipe:1'],
    ],
    { encoding: 'buffer', maxBuffer: 1 << 26 },
  );
  return stdout;
}

export interface AsfCamera extends AsyncDisposable {
  readonly url: URL;
  /** Cuts whoever is connected, and whoever comes until it is restored. */
  cut(): void;
  restore(): void;
}

/** Serves the ASF in real time from its beginning to everybody who asks, as a plain address of another vendor. */
export async function serveAsf(asf: Buffer): Promise<AsfCamera> {
  let isCut = false;
  const server = createServer((request, response) => {
    if (isCut) {
      request.socket.destroy();
      return;
    }
    response.writeHead(200, { 'content-type': 'video/x-ms-asf' });
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    void play(asf, response, gone.signal).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/live.asf`),
    cut: () => {
      isCut = true;
      server.closeAllConnections();
    },
    restore: () => (isCut = false),
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function play(asf: Buffer, response: ServerResponse, signal: AbortSignal): Promise<void> {
  const startedAtMs = performance.now();
  for (const event of new AsfReader().push(asf)) {
    if (event.type === 'header') response.write(event.header.bytes);
    if (event.type === 'packet') response.write(event.packet.bytes);
    if (event.type !== 'object') continue;
    const waitMs = event.object.timeMs - (performance.now() - startedAtMs);
    if (waitMs > 1) await wait(waitMs, undefined, { signal });
  }
  response.end();
}
