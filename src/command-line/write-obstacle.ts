import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { describeDiskError } from '../lib/system/disk-errors.ts';

/** Why this process could not make files in a directory, which need not exist yet; undefined when it could. */
export function findWriteObstacle(directory: string): string | undefined {
  try {
    if (!statSync(directory).isDirectory()) return `${directory} is a file`;
    accessSync(directory, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const parent = dirname(directory);
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return isMissing && parent !== directory ? findWriteObstacle(parent) : describeDiskError(error);
  }
}
