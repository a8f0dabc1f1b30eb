import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Names a process so that another one can tell later whether it still runs. */
export interface ProcessIdentity {
  /** Where the pid means something: machine since its start and pid namespace on Linux, else the host's name. */
  readonly scope: string;
  readonly pid: number;
  /**
   * When the process started, in the kernel's own words: a pid is given out again. Empty where that cannot be known.
   */
  readonly startedAt: string;
}

export type Liveness = 'alive' | 'gone' | 'unknown';

export function ownIdentity(): ProcessIdentity {
  return { scope: readScope(), pid: process.pid, startedAt: readStart(process.pid) };
}

/** `unknown`: it runs elsewhere (another machine or container), or only its pid is in use. */
export function livenessOf(other: ProcessIdentity, own: ProcessIdentity): Liveness {
  if (other.scope !== own.scope) return 'unknown';
  if (!isPidInUse(other.pid)) return 'gone';
  const startedAt = readStart(other.pid);
  if (startedAt === '' || other.startedAt === '') return 'unknown';
  return startedAt === other.startedAt ? 'alive' : 'gone';
}

function isPidInUse(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, but of another user.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Containers have pids of their own, and often all the same host name. */
function readScope(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

/**
 * Field 22 of /proc/{pid}/stat (proc(5)): clock ticks since boot. The name before it may contain anything but ends at
 * the last bracket.
 */
function readStart(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
