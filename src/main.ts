/** The edge of the process: the only place that reads the environment, takes signals and decides the exit code. */
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { check } from './command-line/check.ts';
import { countOf } from './command-line/count-of.ts';
import type { ExitCode, ProcessEdge } from './command-line/edge.ts';
import { FollowedFile } from './command-line/followed-file.ts';
import { helpText } from './command-line/help.ts';
import { parseArguments, type Overrides, type RunCommand } from './command-line/parse-arguments.ts';
import { planRun, type CamerasPlan, type RunPlan } from './command-line/plan-run.ts';
import { reload } from './command-line/reload.ts';
import type { Config } from './config/config.ts';
import { defaultCamera } from './config/default-camera.ts';
import { locateFfmpeg, type FfmpegBinary } from './transcode/ffmpeg/binary.ts';
import { Gateway, type GatewayDependencies } from './gateway.ts';
import { CamgateError } from './lib/errors.ts';
import type { Log } from './lib/log.ts';
import { startDemoCameras } from './simulator/demo.ts';
import { runSimulate, simulateHelp } from './simulator/simulate-command.ts';
import { hasControllingTerminal } from './lib/system/controlling-terminal.ts';
import { readStarters } from './lib/system/starters.ts';
import { createLogger } from './telemetry/logger.ts';
import { redact } from './telemetry/redact.ts';

/** How long shutting down the connections to viewers and cameras may take. */
const shutdownMs = 5000;

/**
 * V8 looks for garbage again when the heap has grown by a share of itself, and counts the memory of buffers to what has
 * grown, but not to the share. A gateway has a small heap and much media, so it would look through all of it more than
 * once a second: half of its processor time with twenty cameras. In percent; some 25 MB of garbage.
 */
const heapGrowingPercent = 150;
setFlagsFromString(`--heap-growing-percent=${heapGrowingPercent}`);

const stopping = new AbortController();

const edge: ProcessEdge = {
  version: readVersion(),
  env: process.env,
  workingDirectory: process.cwd(),
  print: (text) => process.stdout.write(text),
  complain: (line) => process.stderr.write(`camgate: ${redact(line)}\n`),
  signal: stopping.signal,
};

// The list of processes, which every user of the machine can read, then shows this instead of a camera's password.
process.title = 'camgate';
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
/**
 * A closed terminal ends camgate. Without one, SIGHUP is what everybody sends to a service that shall reload, even
 * while it is starting and has yet to read its file.
 */
let onHangup = hasControllingTerminal() ? stop : () => undefined;
process.on('SIGHUP', () => onHangup());
if (process.env['npm_lifecycle_event'] !== undefined) endWithParent();
process.on('uncaughtException', crash);
// `camgate --help | head -1` closes our output early, which is no error.
process.stdout.on('error', () => undefined);

process.exitCode = await runCommand(process.argv.slice(2));
// Nothing that is left may keep the process alive, neither its signal handlers nor a connection that nobody closes.
setTimeout(() => process.exit(), 1000).unref();

async function runCommand(args: readonly string[]): Promise<ExitCode> {
  const command = parseArguments(args);
  try {
    switch (command.type) {
      case 'help':
        edge.print(helpText);
        return 0;
      case 'version':
        edge.print(`camgate ${edge.version}\n`);
        return 0;
      case 'usage-error':
        edge.complain(command.message);
        return 2;
      case 'check':
        return check(command.file, edge);
      case 'reload':
        return await reload(command.file, edge);
      case 'simulate':
        return await simulate(command.args);
      case 'run':
        return await run(command);
    }
  } catch (error) {
    if (stopping.signal.aborted && error === stopping.signal.reason) return 0;
    if (!(error instanceof CamgateError)) return crash(error);
    edge.complain(`${error.code}: ${error.message}`);
    return error.code === 'usage' ? 2 : 1;
  }
}

async function run(command: RunCommand): Promise<ExitCode> {
  const plan = planRun(command, edge);
  if (plan.type === 'invalid') {
    for (const problem of plan.problems) edge.complain(problem);
    return 1;
  }
  const log = createLogger(plan.config.log);
  for (const notice of plan.notices) log.warn(notice);
  if (plan.type === 'demo') return runDemo(plan, log);
  return runCameras(plan, command.overrides, log);
}

async function runCameras(plan: CamerasPlan, overrides: Overrides, log: Log): Promise<ExitCode> {
  const { config } = plan;
  await using file = new FollowedFile({ plan, overrides, edge, log });
  if (!hasControllingTerminal()) onHangup = () => file.reload();
  const ffmpeg = await findFfmpeg(config.ffmpegPath, log, 'info');
  await using gateway = await Gateway.start(config, { ffmpeg, log, version: edge.version });
  await file.begin((cameras) => gateway.replaceCameras(cameras));
  const what = countOf(config.cameras.length, 'camera');
  const code = await serve(gateway, what, config.server.publicUrl);
  // A gateway that ends takes over no more changes.
  await file[Symbol.asyncDispose]();
  return code;
}

async function runDemo(
  { config, ports }: Extract<RunPlan, { type: 'demo' }>,
  log: Log,
): Promise<ExitCode> {
  onHangup = stop;
  // A first start without arguments shows one line, the address.
  const ffmpeg = await findFfmpeg(config.ffmpegPath, log, 'debug');
  const dependencies = { ffmpeg, log, version: edge.version };
  await using demo = await startDemoCameras({ ffmpegPath: ffmpeg.path, log });
  const cameras = demo.cameras.map((camera) => defaultCamera(camera));
  await using gateway = await startOnFreePort({ ...config, cameras }, ports, dependencies);
  const what = countOf(cameras.length, 'simulated camera');
  return await serve(gateway, what, config.server.publicUrl);
}

async function startOnFreePort(
  config: Config,
  [port = 0, ...others]: readonly number[],
  dependencies: GatewayDependencies,
): Promise<Gateway> {
  try {
    return await Gateway.start({ ...config, server: { ...config.server, port } }, dependencies);
  } catch (error) {
    const cause = error instanceof CamgateError ? error.cause : undefined;
    const isTaken = (cause as NodeJS.ErrnoException | undefined)?.code === 'EADDRINUSE';
    if (!isTaken || others.length === 0) throw error;
    dependencies.log.info('the port is in use, trying the next one', { port });
    return startOnFreePort(config, others, dependencies);
  }
}

/** Prints the address, and waits for the end. */
async function serve(
  gateway: Gateway,
  what: string,
  publicUrl: string | undefined,
): Promise<ExitCode> {
  const own = gateway.url.href;
  const where = publicUrl === undefined ? own : `${publicUrl}, listening at ${own}`;
  edge.print(`camgate ${edge.version}: ${what} at ${where}\n`);
  await untilStopped();
  return 0;
}

async function simulate(args: readonly string[]): Promise<ExitCode> {
  if (args.some((arg) => arg === '--help' || arg === '-h')) {
    edge.print(`${simulateHelp}\n`);
    return 0;
  }
  const log = createLogger({ level: 'info', format: 'text' });
  onHangup = stop;
  const ffmpeg = await findFfmpeg(undefined, log, 'debug');
  await runSimulate(args, {
    log,
    write: (text) => edge.print(`${text}\n`),
    ffmpegPath: ffmpeg.path,
    signal: stopping.signal,
  });
  return 0;
}

/** @param told the level at which the log says which one it is */
async function findFfmpeg(
  configuredPath: string | undefined,
  log: Log,
  told: 'debug' | 'info',
): Promise<FfmpegBinary> {
  const searchPath = process.env['PATH'];
  const ffmpeg = await locateFfmpeg({ configuredPath, searchPath, log });
  const { path, version, source } = ffmpeg;
  log[told]('using this ffmpeg', { path, version, source });
  return ffmpeg;
}

function untilStopped(): Promise<void> {
  const { signal } = stopping;
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** The first signal ends camgate in an orderly way, within bounds; the second one ends it at once. */
function stop(): void {
  if (stopping.signal.aborted) process.exit(1);
  stopping.abort();
  setTimeout(() => {
    edge.complain('not everything ended in time, leaving without it');
    process.exit(1);
  }, shutdownMs).unref();
}

/**
 * npm passes SIGTERM to the shell that it starts us in, which ends without passing it on; if npm itself is killed, both
 * the shell and this process are left behind.
 */
function endWithParent(): void {
  const starters = readStarters();
  const watch = setInterval(() => {
    if (readStarters() === starters) return;
    clearInterval(watch);
    if (!stopping.signal.aborted) stop();
  }, 1000).unref();
}

/** A bug: one line that says where. Children end by themselves when this process is gone. */
function crash(error: unknown): never {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const [message, place] = text.split('\n');
  edge.complain(
    `unexpected error: ${message ?? ''}${place === undefined ? '' : ` ${place.trim()}`}`,
  );
  process.exit(1);
}

function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
