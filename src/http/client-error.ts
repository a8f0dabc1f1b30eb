import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { RawHeaders } from './cors.ts';

/** What node reports of a connection whose bytes are no request. */
const statusByCode: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

const details: Readonly<Record<number, string>> = {
  400: 'This is not a valid HTTP request.',
  408: 'The request took too long to arrive.',
  431: 'The address or the headers of the request are too long.',
};

/**
 * Answers bytes that no request can be made of, and closes. Where an answer is still on its way, another would corrupt
 * it: such a connection is only closed.
 * @param headers go with every answer
 */
export function answerClientError(
  error: NodeJS.ErrnoException,
  socket: Duplex,
  headers: RawHeaders,
): void {
  // Before the end of a handshake nothing can be written: an answer would keep the connection for ever.
  const isHandshake = /^ERR_(TLS|SSL)_/.test(error.code ?? '');
  const isBusy = !socket.writable || socket.writableLength > 0;
  if (error.code === 'ECONNRESET' || isHandshake || isBusy) {
    socket.destroy();
    return;
  }
  const status = statusByCode[error.code ?? ''] ?? 400;
  const title = STATUS_CODES[status] ?? '';
  const body = JSON.stringify({ type: 'about:blank', title, status, detail: details[status] });
  const head = [
    `HTTP/1.1 ${status} ${title}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    'Connection: close',
    ...headerLines(headers),
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

function headerLines(headers: RawHeaders): string[] {
  const lines: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    lines.push(`${headers[index] ?? ''}: ${headers[index + 1] ?? ''}`);
  }
  return lines;
}
