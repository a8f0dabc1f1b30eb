import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { ReloadReport } from './reloader.ts';

/**
 * How `camgate reload` finds the gateways of a user: each listens on a socket of its own in a folder that nobody else
 * may open, named by its configuration file and process. Whoever answers there is alive and is a gateway, which no
 * number of a process in a file could prove; and nothing that reaches the HTTP port, a proxy or a page of another
 * origin, can ask for it.
 */

const request = 'reload\n';
/** To send those few bytes, in milliseconds. */
const requestMs = 5_000;
/** For the gateway to read its file and answer, in milliseconds. */
const answerMs = 60_000;
const isWindows = process.platform === 'win32';
/** A container may run with a number that has no name there; Windows has none, and always a name. */
const ownUid = process.getuid?.();

/** Of this user alone. */
function socketFolder(): string {
  if (isWindows) return '\\\\.\\pipe\\';
  return join(tmpdir(), `camgate-${ownUid}`);
}

/** Pipes of Windows share one folder with those of all other programs. */
const prefix = isWindows ? `camgate-${userInfo().username}-` : '';

function nameOf(file: string): string {
  const digest = createHash('sha256').update(file).digest('hex');
  return `${prefix}${digest.slice(0, 16)}-`;
}

/** Throws what is wrong with the folder: another user may have made it, to listen in our place. */
function claimFolder(): string {
  const folder = socketFolder();
  if (isWindows) return folder;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid, mode } = lstatSync(folder);
  const isOurs = uid === ownUid && (mode & 0o077) === 0;
  if (!isOurs) throw new Error(`${folder} belongs to others, or is open to them`);
  return folder;
}

/** What a gateway says that was asked; `failed`: nothing that can be understood, and why. */
export type ReloadAnswer = ReloadReport | { readonly type: 'failed'; readonly problem: string };

/** The end of a running gateway. */
export class ControlSocket implements AsyncDisposable {
  /**
   * @param file absolute path of the configuration
   * @throws the system's error where nothing can listen
   */
  static async open(file: string, reload: () => Promise<ReloadReport>): Promise<ControlSocket> {
    const path = join(claimFolder(), `${nameOf(file)}${process.pid}`);
    // Left behind by a process that had the same number.
    if (!isWindows) rmSync(path, { force: true });
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      answer(socket, reload);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
    server.unref();
    server.on('error', () => undefined);
    return new ControlSocket(server, sockets);
  }

  readonly #server: Server;
  readonly #sockets: ReadonlySet<Socket>;

  private constructor(server: Server, sockets: ReadonlySet<Socket>) {
    this.#server = server;
    this.#sockets = sockets;
  }

  /** Also removes the socket from the folder. A gateway that ends waits for nobody here. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => {
      this.#server.close(resolve);
    });
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

function answer(socket: Socket, reload: () => Promise<ReloadReport>): void {
  let received = '';
  socket.setTimeout(requestMs, () => socket.destroy());
  socket.on('error', () => undefined);
  socket.setEncoding('utf8').on('data', (text: string) => {
    received += text;
    if (received !== request) {
      if (!request.startsWith(received)) socket.destroy();
      return;
    }
    socket.setTimeout(answerMs);
    reload().then(
      (report) => socket.end(JSON.stringify(report)),
      () => socket.destroy(),
    );
  });
}

/**
 * Asks the running gateways of this user, or those of one file, to reload it.
 * @param file absolute path of a configuration; undefined: any
 * @throws the system's error where the folder is not ours
 */
export async function askToReload(file: string | undefined): Promise<readonly ReloadAnswer[]> {
  const folder = claimFolder();
  const start = file === undefined ? prefix : nameOf(file);
  const names = readdirSync(folder).filter((name) => name.startsWith(start));
  const answers = await Promise.all(names.map((name) => ask(join(folder, name))));
  return answers.filter((each) => each !== undefined);
}

/** undefined: nobody is there. Never rejects, so that one gateway does not hide what the others say. */
async function ask(path: string): Promise<ReloadAnswer | undefined> {
  try {
    const text = await converse(path);
    return text === undefined ? undefined : parseReport(text);
  } catch (error) {
    return { type: 'failed', problem: error instanceof Error ? error.message : String(error) };
  }
}

function parseReport(text: string): ReloadReport {
  try {
    return JSON.parse(text) as ReloadReport;
  } catch {
    throw new Error('the answer of camgate was cut short; its log says what it has done');
  }
}

/** The answer of the gateway; undefined: nobody is there. */
function converse(path: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => socket.write(request));
    let received = '';
    socket.setTimeout(answerMs, () => socket.destroy(new Error('camgate does not answer')));
    socket.setEncoding('utf8').on('data', (text: string) => (received += text));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const isLeftBehind = error.code === 'ECONNREFUSED' || error.code === 'ENOENT';
      if (!isLeftBehind) reject(error);
      else {
        if (!isWindows) rmSync(path, { force: true });
        resolve(undefined);
      }
    });
    socket.on('close', () => {
      if (received !== '') resolve(received);
      else reject(new Error('camgate has ended, or its log says why it did not reload'));
    });
  });
}
