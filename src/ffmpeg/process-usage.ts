import { readFileSync } from 'node:fs';

export interface ProcessUsage {
  /** User and system time since the process began, in seconds. */
  readonly cpuSeconds: number;
  /** Proportional share of memory (PSS): children of one program share most of their pages, RSS counts those in each. */
  readonly residentBytes: number;
}

export const noUsage: ProcessUsage = { cpuSeconds: 0, residentBytes: 0 };

/** USER_HZ, the unit of the times in /proc, is 100 on every architecture that Node runs on. */
const ticksPerSecond = 100;

/** undefined where there is no /proc or no such process. Takes about 0.1 ms. */
export function readUsage(pid: number): ProcessUsage | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const cpuSeconds = parseCpuSeconds(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    return { cpuSeconds, residentBytes: readResidentBytes(pid) };
  } catch {
    return undefined;
  }
}

function readResidentBytes(pid: number): number {
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
    return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1024;
  } catch {
    return 0; // hidden from other users, or the process is ending
  }
}

/** proc(5): utime and stime are fields 14 and 15; field 2, the name, may itself hold blanks and brackets. */
export function parseCpuSeconds(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}
