/**
 * The baseline of `viewers`: node:http and nothing else, which holds requests for a playlist and its hinted part and
 * answers all of them when the part is due, with bodies that are made once. `bare-live-server.ts PART-BYTES
 * PLAYLIST-BYTES`.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerBare } from './bare-answer.ts';

const partMs = 200;
const partsPerSegment = 5;
const [partBytes = '0', playlistBytes = '0'] = process.argv.slice(2);
const part = Buffer.alloc(Number(partBytes), 1);

/** Parts so far. */
let count = 0;
let playlist = render();
const held: { readonly response: ServerResponse; readonly isPart: boolean }[] = [];

function render(): Buffer {
  const parts = Array.from(
    { length: count % partsPerSegment },
    () => `#EXT-X-PART:DURATION=0.2,URI="part.m4s"\n`,
  );
  const head = `#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:${Math.floor(count / partsPerSegment)}\n`;
  const tail = `#EXTINF:1,\nsegment.m4s\n${parts.join('')}#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-${count}.m4s"\n`;
  const padding = '#'.padEnd(Number(playlistBytes) - head.length - tail.length - 1);
  return Buffer.from(`${head}${padding}\n${tail}`);
}

/** Of the part that a request waits for; -1 where it waits for none. The playlist always lists one segment more. */
function numberIn(url: string): number {
  const [first = '-1', second] = url.match(/\d+(?=\.m4s|&|$)/g) ?? [];
  return second === undefined
    ? Number(first)
    : (Number(first) - 1) * partsPerSegment + Number(second);
}

const server = createServer((request, response) => {
  const url = request.url ?? '';
  const isPart = url.startsWith('/part-');
  if (numberIn(url) < count) answerBare(response, isPart ? part : playlist);
  else held.push({ response, isPart });
});

setInterval(() => {
  count += 1;
  playlist = render();
  for (const { response, isPart } of held.splice(0)) answerBare(response, isPart ? part : playlist);
}, partMs);

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${port}\n`);
});
