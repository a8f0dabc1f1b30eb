/** Requests per second of the gateway against a bare node:http handler with the same bodies, alternating. */
import {
  fullPlaylist,
  publishedStream,
  readPlaylist,
  startCameras,
  type LivePlaylist,
} from '../rig/cameras.ts';
import { Connection } from './connection.ts';
import { percentile, print } from '../rig/figures.ts';
import { startGateway, startScript, usageOf, type MeasuredProcess } from '../rig/processes.ts';

const connectionCount = 32;
const roundMs = 1500;
const roundCount = 5;
/** Not counted: the code of both servers is compiled under the load itself. */
const warmUpRounds = 2;

interface Round {
  readonly perSecond: number;
  readonly perCpuSecond: number;
}

export async function requests(): Promise<void> {
  await using cameras = await startCameras(publishedStream);
  await using gateway = await startGateway(cameras.urls);
  await using bare = await startScript('bare-server.ts');
  const first = await fullPlaylist(gateway.url, 'cam0');
  for (const kind of ['playlist', 'part', 'segment'] as const) {
    const ours: Round[] = [];
    const theirs: Round[] = [];
    let size = 0;
    for (let round = -warmUpRounds; round < roundCount; round++) {
      // Media leave the window after some seconds, so every round asks for what is the newest now.
      const url = pick(await readPlaylist(first.url), kind);
      const body = Buffer.from(await (await fetch(url)).arrayBuffer());
      size = body.length;
      await fetch(new URL(`/${kind}`, bare.url), { method: 'PUT', body });
      const [our, their] = [await load(gateway, url.pathname), await load(bare, `/${kind}`)];
      if (round < 0) continue;
      ours.push(our);
      theirs.push(their);
    }
    const median = (rounds: Round[], key: keyof Round): number =>
      percentile(
        rounds.map((round) => round[key]),
        0.5,
      );
    print(`${kind} of ${size} bytes, gateway against bare node:http`, [
      {
        figure: 'requests per second',
        value: median(ours, 'perSecond'),
        unit: '/s',
        baseline: median(theirs, 'perSecond'),
      },
      {
        figure: 'requests per second of server processor',
        value: median(ours, 'perCpuSecond'),
        unit: '/s',
        baseline: median(theirs, 'perCpuSecond'),
      },
    ]);
  }
}

function pick(playlist: LivePlaylist, kind: 'playlist' | 'part' | 'segment'): URL {
  const url = kind === 'playlist' ? playlist.url : playlist[kind];
  if (url === undefined) throw new Error(`the playlist has no ${kind}`);
  return url;
}

async function load(server: MeasuredProcess, path: string): Promise<Round> {
  const connections = await Promise.all(
    Array.from({ length: connectionCount }, () => Connection.open(server.url)),
  );
  const before = await usageOf(server.pid);
  const startMs = performance.now();
  const endMs = startMs + roundMs;
  const counts = await Promise.all(
    connections.map(async (connection) => {
      let count = 0;
      while (performance.now() < endMs) {
        const { status } = await connection.get(path);
        if (status !== 200) throw new Error(`${path} answered ${status} under load`);
        count++;
      }
      return count;
    }),
  );
  const seconds = (performance.now() - startMs) / 1000;
  const after = await usageOf(server.pid);
  for (const connection of connections) connection.close();
  const total = counts.reduce((sum, count) => sum + count, 0);
  return {
    perSecond: total / seconds,
    perCpuSecond: total / (after.cpuSeconds - before.cpuSeconds),
  };
}
