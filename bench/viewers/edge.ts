/**
 * LL-HLS viewers behind nginx and Varnish with the recipes of deploy/; the baseline is the same load on camgate itself.
 */
import type { Edge } from '../../test/edges/edge.ts';
import { startNginx } from '../../test/edges/nginx.ts';
import { startVarnish } from '../../test/edges/varnish.ts';
import { fullPlaylist, publishedStream, startCameras } from '../rig/cameras.ts';
import { percentile, print } from '../rig/figures.ts';
import { childrenOf, startGateway } from '../rig/processes.ts';
import { measureViewers, type ViewerFigures } from './viewer-measure.ts';

const measureMs = 6000;
/** The median of these counts; the ways alternate, so that each of them sees the same minutes. */
const roundCount = 3;

interface Way {
  readonly name: string;
  readonly url: URL;
  /** What stands in front of camgate. */
  readonly edges: readonly Edge[];
}

interface WayFigures {
  readonly latePercent: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly gatewayPercent: number;
  readonly edgePercent: number;
  readonly failedCount: number;
}

/** @param count viewers at the same time */
export async function edge(count = 500): Promise<void> {
  await using cameras = await startCameras(publishedStream);
  await using gateway = await startGateway(cameras.urls);
  const { url } = await fullPlaylist(gateway.url, 'cam0');
  await using nginx = await startNginx(gateway.url);
  await using varnish = await startVarnish(gateway.url);
  await using nginxBeforeVarnish = await startNginx(varnish.url);
  const direct: Way = { name: 'camgate itself', url: gateway.url, edges: [] };
  const ways: readonly Way[] = [
    { name: 'nginx', url: nginx.url, edges: [nginx] },
    { name: 'Varnish', url: varnish.url, edges: [varnish] },
    {
      name: 'nginx before Varnish',
      url: nginxBeforeVarnish.url,
      edges: [nginxBeforeVarnish, varnish],
    },
  ];
  const rounds: Map<Way, WayFigures>[] = [];
  while (rounds.length < roundCount) {
    const round = new Map<Way, WayFigures>();
    for (const way of [direct, ...ways]) {
      const target = new URL(url.pathname, way.url);
      const load = { url: target, count, measureMs, acceptsGzip: true };
      const edgePids = await Promise.all(
        way.edges.map(async ({ pid }) => [pid, ...(await childrenOf(pid))]),
      );
      const pids = [gateway.pid, ...edgePids.flat()];
      round.set(way, figuresOf(await measureViewers(load, pids)));
    }
    rounds.push(round);
  }
  const median = (way: Way, pick: (figures: WayFigures) => number): number => {
    const values = rounds.flatMap((round) => round.get(way) ?? []).map(pick);
    return percentile(values, 0.5);
  };
  for (const way of ways) {
    const failures = median(way, (figures) => figures.failedCount);
    const row = (figure: string, unit: string, pick: (figures: WayFigures) => number) => {
      return { figure, unit, value: median(way, pick), baseline: median(direct, pick) };
    };
    print(
      `${count} LL-HLS viewers by ${way.name}, ${failures} failures; baseline: camgate itself`,
      [
        row('parts later than 200 ms', '%', (figures) => figures.latePercent),
        row('first byte anywhere to last byte here, p50', 'ms', (figures) => figures.p50Ms),
        row('the same, p99', 'ms', (figures) => figures.p99Ms),
        row('processor of camgate', '% of a core', (figures) => figures.gatewayPercent),
        {
          figure: 'processor of what stands in front',
          unit: '% of a core',
          value: median(way, (figures) => figures.edgePercent),
          baseline: undefined,
        },
      ],
    );
  }
}

function figuresOf({ busyPercents, ...figures }: ViewerFigures): WayFigures {
  const [gatewayPercent = 0, ...edgePercents] = busyPercents;
  const edgePercent = edgePercents.reduce((sum, percent) => sum + percent, 0);
  return { ...figures, gatewayPercent, edgePercent };
}
