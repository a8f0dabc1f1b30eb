import { closeSync, openSync } from 'node:fs';

/**
 * Whether this process belongs to a terminal, so that SIGHUP says that the terminal was closed. To be asked at the
 * start: a closed terminal cannot be opened any more. Windows sends SIGHUP for nothing else.
 */
export function hasControllingTerminal(): boolean {
  if (process.platform === 'win32') return true;
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}
