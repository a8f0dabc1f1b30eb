import { execFile } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { firstLine, runCommand } from './command.ts';
import { smallPicture, smallPictureReader } from './picture-reader.ts';
import type { Observer, Player } from '../player.ts';
import { temporaryFolder } from './temporary-folder.ts';

const positionRequest = 1;
const pictureRequest = 2;
const pollMs = 200;
/** Each picture costs a conversion. */
const stillMs = 2000;
const connectTimeoutMs = 10_000;

/** mpv without a screen; its clock and now and then its picture come over the JSON interface. */
export function mpvPlayer(name: string, settings: readonly string[]): Player {
  return {
    name,
    version: async () => (await firstLine('mpv', ['--version'])).split(' ')[1] ?? '',
    open: async (url, observer) => {
      const folder = await temporaryFolder();
      const socketPath = join(folder.path, 'control');
      const player = runCommand({
        path: 'mpv',
        args: [
          ...['--no-config', '--vo=null', '--ao=null', '--msg-level=all=warn', '--idle=no'],
          ...[`--input-ipc-server=${socketPath}`, ...settings, url.href],
        ],
        observer,
        isComplaint: () => false,
        onOutput: (chunk) => {
          for (const line of chunk.toString().split('\n')) tell(line, observer);
        },
      });
      const end = new AbortController();
      const control = await connected(socketPath);
      const polling = poll(
        control,
        { observer, picture: join(folder.path, 'now.jpg') },
        end.signal,
      );
      return {
        [Symbol.asyncDispose]: async () => {
          end.abort();
          control.destroy();
          await polling;
          await player[Symbol.asyncDispose]();
          await folder[Symbol.asyncDispose]();
        },
      };
    },
  };
}

/** mpv writes its log to standard output; ffmpeg's lines in it are named after it. */
function tell(line: string, observer: Observer): void {
  if (/error|fail/i.test(line)) observer.complained(line);
  else if (line !== '') observer.log(line);
}

async function connected(path: string): Promise<Socket> {
  const endMs = performance.now() + connectTimeoutMs;
  for (;;) {
    const socket = connect(path);
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => {
        resolve(true);
      });
      socket.once('error', () => {
        resolve(false);
      });
    });
    if (isOpen) return socket.on('error', () => socket.destroy());
    if (performance.now() > endMs) throw new Error('mpv opened no control socket');
    await wait(50);
  }
}

async function poll(
  control: Socket,
  { observer, picture }: { readonly observer: Observer; readonly picture: string },
  signal: AbortSignal,
): Promise<void> {
  const ask = (id: number, command: readonly string[]): void => {
    if (control.writable) control.write(`${JSON.stringify({ command, request_id: id })}\n`);
  };
  const shown = { isSomething: false };
  createInterface({ input: control }).on('line', (line) => {
    const answer = JSON.parse(line) as { request_id?: number; error?: string; data?: unknown };
    if (answer.error !== 'success') return;
    if (answer.request_id === positionRequest && typeof answer.data === 'number') {
      observer.sawPosition(answer.data);
      shown.isSomething = true;
    } else if (answer.request_id === pictureRequest) readPicture(picture, observer);
  });
  for (let count = 0; !signal.aborted; count += 1) {
    ask(positionRequest, ['get_property', 'time-pos']);
    if (shown.isSomething && count % (stillMs / pollMs) === 0) {
      ask(pictureRequest, ['screenshot-to-file', picture, 'video']);
    }
    await wait(pollMs, undefined, { signal }).catch(() => undefined);
  }
}

function readPicture(path: string, observer: Observer): void {
  const { width, height } = smallPicture;
  const args = [
    ...['-v', 'error', '-i', path, '-vf', `scale=${width}:${height}`, '-pix_fmt', 'gray'],
    ...['-f', 'rawvideo', 'pipe:1'],
  ];
  const takenAtMs = Date.now();
  execFile('ffmpeg', args, { encoding: 'buffer' }, (_error, output) => {
    smallPictureReader((frame) => {
      observer.sawFrame(frame, takenAtMs);
    }).push(output);
  });
}
