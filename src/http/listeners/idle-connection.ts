import type { Socket } from 'node:net';

/**
 * For a connection whose idle time is over: ends it, unless a request is there to be read. Timers run before sockets
 * are read, so where this process slept the request of a viewer who was not idle at all may still wait.
 */
export function endWhereStill(socket: Socket): void {
  const { bytesRead } = socket;
  // Runs after all sockets that can be read were read.
  setImmediate(() => {
    if (socket.bytesRead === bytesRead) socket.destroy();
  });
}
