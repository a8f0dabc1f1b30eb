/**
 * The baseline of `requests`: node:http and nothing else. PUT stores a body under its path, GET answers it with the
 * headers that a player needs.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerBare } from './bare-answer.ts';

const bodies = new Map<string, Buffer>();

const server = createServer((request, response) => {
  const path = request.url ?? '';
  if (request.method === 'PUT') {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      bodies.set(path, Buffer.concat(chunks));
      response.writeHead(204).end();
    });
    return;
  }
  const body = bodies.get(path);
  if (body === undefined) {
    response.writeHead(404).end();
    return;
  }
  answerBare(response, body);
});

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${port}\n`);
});
