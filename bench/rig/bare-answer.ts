import type { ServerResponse } from 'node:http';

/** How a bare server answers: with the headers that a player needs. */
export function answerBare(response: ServerResponse, body: Buffer): void {
  response.writeHead(200, [
    'Content-Type',
    'application/octet-stream',
    'Content-Length',
    String(body.length),
  ]);
  response.end(body);
}
