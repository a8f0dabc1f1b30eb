import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { KeyPair } from '../../src/lib/system/certificate.ts';
import { adaptExample, adaptRecipe, startProgram, type Edge } from './edge.ts';

/** As `openssl` makes it by the words in deploy/nginx.conf: user `viewer`, password `secret`. */
const passwordFile = 'viewer:{SSHA}gVK8WC9YyFT1gMsQHTGCgT3sSv5zYWx0\n';

/** Where nginx keeps bodies on their way, which only root may use as it comes. */
const temporaryPaths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

/**
 * nginx with deploy/nginx.conf in front of `origin`; its password is in the address.
 * @param pair the certificate; without it HTTP/1.1 in clear, for those who measure
 */
export async function startNginx(origin: URL, pair?: KeyPair): Promise<Edge> {
  const port = await freePort();
  const program = await runNginx((folder) => ({
    'nginx.conf': recipeFor({ folder, port, origin, isTls: pair !== undefined }),
    htpasswd: passwordFile,
    'tls.pem': pair?.certificate ?? '',
    'tls.key': pair?.key ?? '',
  }));
  const scheme = pair === undefined ? 'http' : 'https';
  const url = new URL(`${scheme}://viewer:secret@127.0.0.1:${port}/`);
  return { ...program, url };
}

/**
 * nginx with the location of docs/proxies.md in front of `origin`.
 * @param path where it puts camgate, such as `/cams/`
 */
export async function startNginxBelow(path: string, origin: URL): Promise<Edge> {
  const port = await freePort();
  const recipe = adaptExample('nginx', {
    'location /cams/ {': `location ${path} {`,
    'proxy_pass http://127.0.0.1:8080/;': `proxy_pass ${origin.href};`,
  });
  const program = await runNginx((folder) => ({
    'nginx.conf':
      `events {}\nhttp {\n${temporaryFolders(folder)}  access_log off;\n` +
      `  server {\n    listen 127.0.0.1:${port};\n${recipe}\n  }\n}\n`,
  }));
  return { ...program, url: new URL(`http://127.0.0.1:${port}${path}`) };
}

/** @param filesIn the files in its folder by name, `nginx.conf` among them */
function runNginx(filesIn: (folder: string) => Readonly<Record<string, string>>) {
  return startProgram(async (folder) => {
    const files = filesIn(folder);
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const globals = [
      'daemon off',
      `pid ${folder}/nginx.pid`,
      `error_log stderr notice`,
      // Where root starts it: into the folder of root nobody else may go.
      ...(process.getuid?.() === 0 ? ['user root'] : []),
    ];
    return {
      name: 'nginx',
      args: ['-p', folder, '-c', join(folder, 'nginx.conf'), '-g', `${globals.join('; ')};`],
      ready: /start worker process /,
    };
  });
}

function temporaryFolders(folder: string): string {
  return temporaryPaths.map((name) => `  ${name}_temp_path ${folder}/${name};\n`).join('');
}

interface Place {
  readonly folder: string;
  readonly port: number;
  readonly origin: URL;
  readonly isTls: boolean;
}

function recipeFor({ folder, port, origin, isTls }: Place): string {
  return adaptRecipe('nginx.conf', {
    'user www-data;\n': '',
    'http {\n': `http {\n${temporaryFolders(folder)}`,
    'server 127.0.0.1:8080;': `server ${origin.host};`,
    'listen 443 ssl http2': `listen 127.0.0.1:${port}${isTls ? ' ssl http2' : ''}`,
    'ssl_certificate /etc/ssl/certs/cameras.example.com.pem;': isTls
      ? `ssl_certificate ${folder}/tls.pem;`
      : '',
    'ssl_certificate_key /etc/ssl/private/cameras.example.com.key;': isTls
      ? `ssl_certificate_key ${folder}/tls.key;`
      : '',
    '/etc/nginx/camgate.htpasswd': `${folder}/htpasswd`,
    '/var/lib/nginx/camgate': `${folder}/cache`,
    '/var/log/nginx/camgate.log': `${folder}/access.log`,
  });
}

/** nginx cannot say which port it was given. */
async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
