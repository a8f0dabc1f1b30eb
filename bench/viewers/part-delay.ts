/**
 * From the frame that closes a part, as it is written to the gateway's socket, to the first byte at a viewer who waits
 * for that part; the baseline is what sockets and event loops cost by themselves.
 */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { fullPlaylist } from '../rig/cameras.ts';
import { percentile, print, type Row } from '../rig/figures.ts';
import { startGateway, startScript } from '../rig/processes.ts';
import { TimedCamera } from '../rig/timed-camera.ts';
import { Connection } from './connection.ts';
import { LowLatencyViewers } from './low-latency-viewer.ts';

/** Before that the code of both servers is not compiled. */
const settleMs = 10_000;
const measureMs = 40_000;
/** A request is held for this long at least before the bare server may answer it. */
const heldMs = 150;

/** In milliseconds. */
interface Delays {
  readonly parts: number[];
  readonly playlists: number[];
  unmatchedCount: number;
}

export async function partDelay(): Promise<void> {
  await using camera = await TimedCamera.start();
  await using gateway = await startGateway([camera.url]);
  const { url, text } = await fullPlaylist(gateway.url, 'cam0');
  const pulses = createServer().listen(0, '127.0.0.1');
  await once(pulses, 'listening');
  const connected = once(pulses, 'connection') as Promise<[Socket]>;
  const { port } = pulses.address() as AddressInfo;
  await using bare = await startScript('bare-relay.ts', [String(port), String(text.length)]);
  const [socket] = await connected;
  try {
    await wait(settleMs);
    const endMs = performance.now() + measureMs;
    const [delays, baseline] = await Promise.all([
      ofParts(camera, url, endMs),
      ofPulses({ camera, server: bare.url, socket: socket.setNoDelay(true) }, endMs),
    ]);
    print(
      `closing frame to first byte, ${delays.parts.length} parts of 200 ms, ${delays.unmatchedCount} unmatched; ` +
        `baseline: bare node:http, ${baseline.length} bytes from another socket`,
      [
        ...rows('held part', delays.parts, baseline),
        ...rows('held playlist', delays.playlists, baseline),
      ],
    );
  } finally {
    socket.destroy();
    pulses.close();
  }
}

/** The newest frame whose bytes stand in a part is the one that closed it, however late the part is. */
async function ofParts(camera: TimedCamera, url: URL, endMs: number): Promise<Delays> {
  const delays: Delays = { parts: [], playlists: [], unmatchedCount: 0 };
  const viewers = new LowLatencyViewers(url, false);
  for await (const { answer, playlist } of viewers.watch(await viewers.open(), true)) {
    const writtenAtMs = camera.writtenAtMs(answer.body);
    if (writtenAtMs === undefined) {
      delays.unmatchedCount += 1;
    } else {
      delays.parts.push(answer.firstByteMs - writtenAtMs);
      delays.playlists.push(playlist.firstByteMs - writtenAtMs);
    }
    if (performance.now() >= endMs) break;
  }
  return delays;
}

/** Between frames, so that the two measures do not get in each other's way. */
async function ofPulses(
  { camera, server, socket }: { camera: TimedCamera; server: URL; socket: Socket },
  endMs: number,
): Promise<number[]> {
  const delays: number[] = [];
  const connection = await Connection.open(server);
  try {
    while (performance.now() < endMs) {
      const answer = connection.get('/');
      await wait(heldMs);
      await camera.betweenFrames();
      const writtenAtMs = performance.now();
      socket.write('.');
      delays.push((await answer).firstByteMs - writtenAtMs);
    }
  } finally {
    connection.close();
  }
  return delays;
}

function rows(name: string, values: readonly number[], baseline: readonly number[]): Row[] {
  return [0.5, 0.95].map((share) => ({
    figure: `${name}, p${share * 100}`,
    value: percentile(values, share),
    unit: 'ms',
    baseline: percentile(baseline, share),
  }));
}
