import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
};

const pages = fileURLToPath(new URL('pages', import.meta.url));
const require = createRequire(import.meta.url);

/** What pages out there play with: the newest, and versions before it that read playlists in other ways. */
const hlsJs = {
  newest: require.resolve('hls.js/dist/hls.js'),
  '1.6.13': require.resolve('hls.js-1.6.13/dist/hls.js'),
  '1.6.2': require.resolve('hls.js-1.6.2/dist/hls.js'),
  '1.5.20': require.resolve('hls.js-1.5/dist/hls.js'),
} as const;

export type HlsJsVersion = keyof typeof hlsJs;

export interface PageServer extends AsyncDisposable {
  readonly url: URL;
}

/**
 * The pages of this folder and the players' own files, on an origin that is not the gateway's, as with any page that
 * embeds a camera. `packages`: where shaka-player and video.js were installed.
 */
export async function startPageServer(packages: string): Promise<PageServer> {
  const files: Readonly<Record<string, string>> = {
    '/hls-js.html': join(pages, 'hls-js.html'),
    '/native.html': join(pages, 'native.html'),
    '/shaka.html': join(pages, 'shaka.html'),
    '/video-js.html': join(pages, 'video-js.html'),
    ...Object.fromEntries(
      Object.entries(hlsJs).map(([version, path]) => [`/hls.js/${version}.js`, path]),
    ),
    '/shaka.js': join(packages, 'node_modules/shaka-player/dist/shaka-player.compiled.js'),
    '/video.js': join(packages, 'node_modules/video.js/dist/video.js'),
  };
  const server = createServer((request, response) => {
    const path = files[new URL(request.url ?? '/', 'http://localhost').pathname];
    if (path === undefined) {
      response.writeHead(404).end();
      return;
    }
    readFile(path).then(
      (bytes) => response.setHeader('Content-Type', types[extname(path)] ?? '').end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
