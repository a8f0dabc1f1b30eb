/**
 * The baseline of `part-delay`: node:http and nothing else, which holds requests until a byte arrives on another
 * socket, and answers with a body that is made once. `bare-relay.ts PORT BODY-BYTES`; the other socket is the one that
 * it opens to that port.
 */
import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { answerBare } from './bare-answer.ts';

const [port = '0', bodyBytes = '0'] = process.argv.slice(2);
const body = Buffer.alloc(Number(bodyBytes), 1);
const held: ServerResponse[] = [];

connect({ host: '127.0.0.1', port: Number(port) }).on('data', () => {
  for (const response of held.splice(0)) answerBare(response, body);
});

const server = createServer((_, response) => held.push(response));

server.listen(0, '127.0.0.1', () => {
  const { port: ownPort } = server.address() as AddressInfo;
  process.stdout.write(`${ownPort}\n`);
});
