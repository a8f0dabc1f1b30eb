import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { CamgateError } from '../../lib/errors.ts';
import { methodNotAllowed } from '../answers.ts';
import type { RawHeaders } from '../cors.ts';
import { renderProblem } from '../problem.ts';

/**
 * Answers bytes that are not a valid request, and closes the connection. If an answer is still being sent, another
 * would corrupt it: such a connection is only closed.
 * @param headers go with every answer
 */
export function answerClientError(
  error: NodeJS.ErrnoException,
  socket: Duplex,
  headers: RawHeaders,
): void {
  // Before the handshake is complete nothing can be written: an answer would keep the connection open forever.
  const isHandshake = /^ERR_(TLS|SSL)_/.test(error.code ?? '');
  const isBusy = !socket.writable || socket.writableLength > 0;
  if (error.code === 'ECONNRESET' || isHandshake || isBusy) {
    socket.destroy();
    return;
  }
  sendProblem(toRequestError(error), socket, headers);
}

/** Refuses CONNECT, which node hands out as a connection without an answer: nothing is forwarded here. */
export function refuseTunnel(socket: Duplex, headers: RawHeaders): void {
  socket.on('error', () => undefined);
  sendProblem(methodNotAllowed(), socket, [...headers, 'Allow', 'GET, HEAD, OPTIONS']);
}

function sendProblem(error: CamgateError, socket: Duplex, headers: RawHeaders): void {
  const problem = renderProblem(error, undefined);
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`,
    ...headerLines(problem.headers),
    'Connection: close',
    ...headerLines(headers),
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  socket.end(problem.body, () => socket.destroy());
}

/** @param code what node's parser reports about bytes that are not a valid request */
function toRequestError({ code }: NodeJS.ErrnoException): CamgateError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new CamgateError(
        'request-too-large',
        'The address and headers of the request are longer than 16 KiB; look for a large cookie.',
      );
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new CamgateError('request-timeout', 'The request took too long to arrive; try again.');
    default:
      return new CamgateError(
        'request-invalid',
        'This is not a valid HTTP request; look at the program that sent it.',
      );
  }
}

function headerLines(headers: RawHeaders): string[] {
  const lines: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    lines.push(`${headers[index] ?? ''}: ${headers[index + 1] ?? ''}`);
  }
  return lines;
}
