import { watch, type FSWatcher } from 'node:fs';
import { readlink } from 'node:fs/promises';
import { dirname, join, parse, sep } from 'node:path';
import type { Log } from '../log.ts';

export interface PathWatchOptions {
  /** Absolute; need not exist. */
  readonly paths: readonly string[];
  readonly onChange: () => void;
  readonly log: Log;
}

/** As many links as Linux follows in one path. */
const maxLinks = 40;

/**
 * Tells when anything changes on the ways to some files. A watch of a file ends with the file, and a watch of its
 * folder follows no link: a program that renews certificates writes new files in the place of the old ones, or swaps a
 * link, somewhere on the way. (certbot links `live/` to `archive/`; Kubernetes links each file through `..data` to a
 * folder of one version.) So every folder is watched that the way leads through, for the one name in it that the way
 * takes.
 */
export class PathWatch implements Disposable {
  readonly #options: PathWatchOptions;
  #watchers: readonly FSWatcher[] = [];
  #isDisposed = false;

  constructor(options: PathWatchOptions) {
    this.#options = options;
  }

  /** Looks where the ways lead now; to be called before the files are read, then no change is missed. Never rejects. */
  async follow(): Promise<void> {
    const names = new Map<string, Set<string>>();
    for (const path of this.#options.paths) {
      for (const { folder, name } of await stepsTo(path)) {
        names.set(folder, (names.get(folder) ?? new Set()).add(name));
      }
    }
    if (this.#isDisposed) return;
    // All anew: another folder may have taken the name of one that was watched.
    const before = this.#watchers;
    this.#watchers = [...names].flatMap(([folder, each]) => this.#watch(folder, each));
    for (const watcher of before) watcher.close();
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    for (const watcher of this.#watchers) watcher.close();
  }

  /** A folder that is missing, or not for us to read, is known by those before it. */
  #watch(folder: string, names: ReadonlySet<string>): FSWatcher[] {
    const { log, onChange } = this.#options;
    try {
      const watcher = watch(folder, { persistent: false }, (_type, name) => {
        if (name === null || names.has(name)) onChange();
      });
      watcher.on('error', (error) => {
        watcher.close();
        log.debug('stopped watching a folder', { folder, error });
      });
      return [watcher];
    } catch (error) {
      log.debug('a folder cannot be watched', { folder, error });
      return [];
    }
  }
}

interface Step {
  /** Free of links itself. */
  readonly folder: string;
  readonly name: string;
}

/** Every name that is looked up on the way to a file, links followed, with the folder it is looked up in. */
async function stepsTo(path: string): Promise<Step[]> {
  const steps: Step[] = [];
  let folder = parse(path).root;
  let linkCount = 0;
  const pending = namesOf(path);
  for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
    if (name === '..') {
      folder = dirname(folder);
      continue;
    }
    steps.push({ folder, name });
    const target = await readLink(join(folder, name));
    if (target === undefined) {
      folder = join(folder, name);
      continue;
    }
    linkCount++;
    if (linkCount > maxLinks) break;
    const { root } = parse(target);
    if (root !== '') folder = root;
    pending.unshift(...namesOf(target));
  }
  return steps;
}

function namesOf(path: string): string[] {
  const { root } = parse(path);
  return path
    .slice(root.length)
    .split(sep)
    .filter((name) => name !== '' && name !== '.');
}

/** undefined: it is no link, or not there. */
async function readLink(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch {
    return undefined;
  }
}
