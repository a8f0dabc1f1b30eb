import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A real file system of a few kilobytes, that anybody may make where the kernel gives user namespaces: it is mounted
 * in the namespace of a child and seen through /proc.
 */
export class TinyDisk implements AsyncDisposable {
  readonly path: string;
  readonly #child: ChildProcess;
  readonly #mountPoint: string;

  /** undefined where the machine does not allow it. */
  static async mount(kilobytes: number, mode = 'rw'): Promise<TinyDisk | undefined> {
    const mountPoint = await mkdtemp(join(tmpdir(), 'camgate-tiny-disk-'));
    const script = `mount -t tmpfs -o size=${kilobytes}k,${mode} none "$0" && echo mounted && exec sleep 300`;
    const child = spawn(
      '/usr/bin/unshare',
      ['--user', '--map-root-user', '--mount', 'sh', '-c', script, mountPoint],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    const isMounted = await new Promise<boolean>((resolve) => {
      child.stdout.once('data', () => resolve(true));
      child.once('error', () => resolve(false));
      child.once('exit', () => resolve(false));
    });
    if (isMounted) return new TinyDisk(child, mountPoint);
    await rmdir(mountPoint);
    return undefined;
  }

  private constructor(child: ChildProcess, mountPoint: string) {
    this.#child = child;
    this.#mountPoint = mountPoint;
    this.path = `/proc/${String(child.pid)}/root${mountPoint}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exit;
    await rmdir(this.#mountPoint);
  }
}
