import { execFile, type ExecFileException } from 'node:child_process';
import { access, chmod, constants, stat } from 'node:fs/promises';
import path from 'node:path';
import { CamgateError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { childEnvironment } from './environment.ts';
import { isCurrent, parseVersion, type FfmpegVersion } from './version.ts';

/** The ffmpeg program in use; shown in the log and in build_info. */
export interface FfmpegBinary extends FfmpegVersion {
  readonly path: string;
  readonly source: 'configured' | 'system' | 'bundled';
}

export interface LocateOptions {
  /** `ffmpegPath` of the configuration: used whatever its version, or an error. */
  readonly configuredPath: string | undefined;
  /** Text of the PATH variable. */
  readonly searchPath: string | undefined;
  readonly log: Log;
  /** Resolves to the path of the bundled build; rejects where the package has none. For tests. */
  readonly bundledPath?: () => Promise<string>;
}

const versionTimeoutMs = 5000;
const advice = 'Install ffmpeg 5 or newer, or set ffmpegPath to one.';

/**
 * Finds an ffmpeg that runs: the configured one, else a system build of version 5 or newer (it gets security fixes),
 * else the build of @ffmpeg-installer/ffmpeg. Rejects with ffmpeg-missing.
 */
export async function locateFfmpeg(options: LocateOptions): Promise<FfmpegBinary> {
  const { configuredPath, searchPath, log } = options;
  if (configuredPath !== undefined) return configured(configuredPath);
  const system = await onPath(searchPath ?? '', log);
  return system ?? bundled(options.bundledPath ?? installerPath);
}

async function configured(file: string): Promise<FfmpegBinary> {
  const outcome = await tryVersion(file);
  if (outcome.ok) return { ...outcome.version, path: file, source: 'configured' };
  throw new CamgateError(
    'ffmpeg-missing',
    `The configured ffmpegPath ${file} is not usable: ${outcome.problem}. Correct the path, or ` +
      'remove the setting to let camgate look for one.',
  );
}

async function onPath(searchPath: string, log: Log): Promise<FfmpegBinary | undefined> {
  const name = process.platform === 'win32' ? 'ffmpeg.exe' : 'ffmpeg';
  // Relative entries are left out: what runs must not depend on the directory camgate was started in.
  const folders = searchPath.split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  for (const folder of new Set(folders)) {
    const file = path.join(folder, name);
    if (!(await isFile(file))) continue;
    const outcome = await tryVersion(file);
    if (outcome.ok && isCurrent(outcome.version))
      return { ...outcome.version, path: file, source: 'system' };
    const problem = outcome.ok ? `version ${outcome.version.version} is too old` : outcome.problem;
    log.warn('ignoring system ffmpeg', { path: file, problem });
  }
  return undefined;
}

async function bundled(locate: () => Promise<string>): Promise<FfmpegBinary> {
  let problem: string;
  try {
    const file = await locate();
    problem = (await makeExecutable(file)) ?? '';
    if (problem === '') {
      const outcome = await tryVersion(file);
      if (outcome.ok) return { ...outcome.version, path: file, source: 'bundled' };
      problem = outcome.problem;
    }
  } catch (error) {
    problem = textOf(error);
  }
  throw new CamgateError(
    'ffmpeg-missing',
    `No usable ffmpeg: none of version 5 or newer on PATH, and the bundled one does not run (${problem}). ${advice}`,
  );
}

/** The package throws a bare string on a platform without a build, and its module runs on import: hence late. */
async function installerPath(): Promise<string> {
  const module = (await import('@ffmpeg-installer/ffmpeg')) as unknown as {
    default: { path: string };
  };
  return module.default.path;
}

/** Some package managers unpack the program without its executable bit. Returns what stands in the way. */
async function makeExecutable(file: string): Promise<string | undefined> {
  try {
    await access(file, constants.X_OK);
  } catch {
    try {
      await chmod(file, 0o755);
    } catch (error) {
      return `it is not executable and its permissions cannot be changed: ${textOf(error)}`;
    }
  }
  return undefined;
}

type Outcome =
  | { readonly ok: true; readonly version: FfmpegVersion }
  | { readonly ok: false; readonly problem: string };

function tryVersion(file: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = {
      timeout: versionTimeoutMs,
      killSignal: 'SIGKILL',
      windowsHide: true,
      env: childEnvironment,
      maxBuffer: 64 * 1024,
    } as const;
    execFile(file, ['-hide_banner', '-version'], options, (error, stdout) => {
      const version = parseVersion(stdout);
      if (error === null && version !== undefined) resolve({ ok: true, version });
      else resolve({ ok: false, problem: problemOf(error) });
    });
  });
}

function problemOf(error: ExecFileException | null): string {
  if (error === null) return 'it does not answer like ffmpeg';
  if (error.killed === true) return `it did not answer within ${versionTimeoutMs / 1000} s`;
  if (error.code === 'ENOENT') return 'there is no such file';
  if (error.code === 'EACCES') return 'it may not be executed';
  return `it does not run (${error.code ?? error.message})`;
}

async function isFile(file: string): Promise<boolean> {
  try {
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
