import { readFile } from 'node:fs/promises';
import { childrenOf, usageOf, type Usage } from '../rig/processes.ts';

export interface GatewayUsage {
  /** performance.now() of the reading: reading the memory of many children takes a while. */
  readonly atMs: number;
  readonly gateway: Usage;
  /** Of all its children together; the processor time also of those that have ended. */
  readonly children: Usage;
  readonly childCount: number;
}

export async function gatewayUsageOf(pid: number): Promise<GatewayUsage> {
  const children = await childrenOf(pid);
  const atMs = performance.now();
  const endedSeconds = await endedChildrenSeconds(pid);
  const [gateway, ...usages] = await Promise.all([pid, ...children].map(usageOf));
  return {
    atMs,
    gateway: gateway ?? { cpuSeconds: 0, residentBytes: 0 },
    children: {
      cpuSeconds: usages.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, endedSeconds),
      residentBytes: usages.reduce((sum, { residentBytes }) => sum + residentBytes, 0),
    },
    childCount: children.length,
  };
}

/** Processor time between two readings, in percent of a core. */
export function busyPercents(
  before: GatewayUsage,
  after: GatewayUsage,
): { readonly gateway: number; readonly children: number } {
  const percent = (key: 'gateway' | 'children'): number =>
    (100_000 * (after[key].cpuSeconds - before[key].cpuSeconds)) / (after.atMs - before.atMs);
  return { gateway: percent('gateway'), children: percent('children') };
}

/** proc(5): cutime and cstime, in hundredths of a second, are two fields behind the process's own times. */
async function endedChildrenSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;
}
