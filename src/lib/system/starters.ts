import { readFileSync } from 'node:fs';

/**
 * Who has started this process, as a text that changes when one of them is gone: the parent, and where that is a shell
 * which only waits for us (npm makes one), the one that started the shell. On systems without /proc the parent alone.
 */
export function readStarters(): string {
  const parent = process.ppid;
  const grandparent = isShellForOneCommand(parent) ? readParent(parent) : '';
  return `${parent} ${grandparent}`;
}

/**
 * `sh -c command`. Any other parent may lose its own and go on: a terminal is closed, a starter in the background ends.
 */
function isShellForOneCommand(pid: number): boolean {
  return readProc(pid, 'cmdline').split('\0')[1] === '-c';
}

/** Field 4 of /proc/{pid}/stat (proc(5)). The name before it may contain anything but ends at the last bracket. */
function readParent(pid: number): string {
  const stat = readProc(pid, 'stat');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? '';
}

function readProc(pid: number, file: 'cmdline' | 'stat'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}
