import { spawnSync } from 'node:child_process';
import path from 'node:path';

/** Debian keeps servers where only root looks for programs. */
export const programEnv = {
  ...process.env,
  PATH: [process.env['PATH'], '/usr/sbin', '/usr/local/sbin'].join(path.delimiter),
};

/**
 * Whether tests that need this program are to run. Without it they are skipped with a word on how to get it; where CI
 * is `true` they run and fail instead.
 * @param debianPackage the package that it is in
 */
export function canUse(program: string, debianPackage: string): boolean {
  if (spawnSync(program, ['--version'], { env: programEnv }).error === undefined) return true;
  console.warn(
    `${program} is not installed: what needs it is not tested. Get it with \`apt-get install ${debianPackage}\`.`,
  );
  return process.env['CI'] === 'true';
}
