import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

export interface ProcessUsage {
  /** User and system time since the process began, in seconds. */
  readonly cpuSeconds: number;
  /**
   * Proportional share of memory (PSS): children of one program share most of their pages, RSS counts those in each.
   */
  readonly residentBytes: number;
}

export const noUsage: ProcessUsage = { cpuSeconds: 0, residentBytes: 0 };

/** USER_HZ, the unit of the times in /proc, is 100 on every architecture that Node runs on. */
const ticksPerSecond = 100;

/** In seconds; undefined where there is no /proc or no such process. Takes some 20 us. */
export function readCpuSeconds(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    return parseCpuSeconds(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return undefined;
  }
}

/**
 * Undefined where the system does not say. Not read in this thread: the kernel walks all pages, which takes up to 8 ms
 * for a busy system build of ffmpeg with its 215 libraries.
 */
export async function readResidentBytes(pid: number): Promise<number | undefined> {
  if (process.platform !== 'linux') return undefined;
  try {
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'latin1');
    const kilobytes = /^Pss:\s+(\d+) kB/m.exec(rollup)?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined; // hidden from other users, or the process is gone
  }
}

/** proc(5): utime and stime are fields 14 and 15; field 2, the name, may itself hold blanks and brackets. */
export function parseCpuSeconds(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}
