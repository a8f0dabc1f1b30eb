import { percentile } from '../../bench/rig/figures.ts';
import type { Verdict } from './verdict.ts';

export interface Row {
  readonly player: string;
  readonly version: string;
  readonly kind: string;
  readonly address: string;
  readonly verdict: Verdict;
}

const heads = [
  'player',
  'version',
  'camera',
  'address',
  'start',
  'played',
  'longest gap',
  'errors',
];
const moreHeads = ['after outage', 'errors then', 'latency p50', 'p95', 'latency after'];

/** A table in Markdown. */
export function renderTable(rows: readonly Row[]): string {
  const cells = [[...heads, ...moreHeads], ...rows.map(renderRow)];
  const widths = cells[0]?.map((_, at) => Math.max(...cells.map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, at) => cell.padEnd(widths?.[at] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = cells;
  const rule = `| ${head.map((_, at) => '-'.repeat(widths?.[at] ?? 0)).join(' | ')} |`;
  return [line(head), rule, ...body.map(line)].join('\n');
}

function renderRow({ player, version, kind, address, verdict }: Row): string[] {
  const { latenciesMs, latenciesAfterOutageMs } = verdict;
  return [
    ...[player, version, kind, address],
    verdict.startMs === undefined ? 'never' : seconds(verdict.startMs),
    verdict.playedToTheEnd ? 'yes' : 'NO',
    seconds(verdict.longestGapMs),
    String(verdict.complaints.length),
    outcome(verdict),
    String(verdict.complaintsOfOutage.length),
    seconds(percentile(latenciesMs, 0.5)),
    seconds(percentile(latenciesMs, 0.95)),
    seconds(percentile(latenciesAfterOutageMs, 0.5)),
  ];
}

function outcome({ hadOutage, wentOnMs, end }: Verdict): string {
  if (!hadOutage) return '-';
  return wentOnMs === undefined ? firstWords(end ?? 'NO') : seconds(wentOnMs);
}

/** The log has the rest. */
function firstWords(text: string): string {
  return (text.split('\n')[0] ?? '').slice(0, 60);
}

function seconds(ms: number): string {
  return Number.isNaN(ms) ? '-' : `${(ms / 1000).toFixed(1)} s`;
}
