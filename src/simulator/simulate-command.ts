import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { CamgateError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { nearest } from '../lib/nearest.ts';
import { adminGroup, visitorGroup, type SimulatedUser } from './device/accounts.ts';
import { CameraSimulator } from './camera-simulator.ts';
import { controlHelp } from './device/control-endpoints.ts';
import { multipartVariants } from '../media/jpeg/multipart-writer.ts';
import { profileNames, profiles } from './profiles.ts';
import { audioChoices, type SimulatorOptions } from './settings.ts';
import { createSharedMedia } from './streams/shared-media.ts';

const codecs = ['h264', 'mjpeg'] as const;
const starts = ['keyframe', 'mid-gop'] as const;
const variantNames = Object.keys(multipartVariants) as (keyof typeof multipartVariants)[];

export const simulateHelp = `Usage: camgate simulate [options]

Runs simulated cameras until interrupted. The scene moves, and each frame shows its number.

  --profile NAME         ${profileNames.join(', ')} (classic)
  --host ADDRESS         where to listen (127.0.0.1)
  --port PORT            port of the first camera, the others follow; 0 picks free ones (0)
  --count N              how many cameras (1)
  --name TEXT            text shown in the picture (the profile's name)
  --hue DEGREES          colour of the sky (215)
  --video CODEC          ${codecs.join(' or ')} (the profile's)
  --audio KIND           ${audioChoices.join(', ')} (adpcm)
  --size WIDTHxHEIGHT    in pixels (640x360)
  --fps RATE             frames per second (15)
  --gop SECONDS          from keyframe to keyframe (1)
  --jitter MS            how far frames deviate from even spacing (0)
  --bitrate KBPS         constant bitrate of H.264 (default: what the scene needs)
  --password TEXT        password of the user admin (none, the factory default)
  --viewers N            maximum number of viewers at a time (4, f99 1)
  --multipart VARIANT    framing of videostream.cgi: ${variantNames.join(', ')} (normal)
  --start WHERE          where a stream begins: ${starts.join(', ')} (keyframe)
  --burst MS             past media sent at once when a stream opens (0)
  --help                 this text

${controlHelp}`;

export interface SimulateIo {
  readonly log: Log;
  /** Prints the text as it is. */
  write(text: string): void;
  readonly ffmpegPath: string;
  /** Ends the run. */
  readonly signal: AbortSignal;
}

const optionTypes = {
  profile: { type: 'string', default: 'classic' },
  host: { type: 'string', default: '127.0.0.1' },
  port: { type: 'string', default: '0' },
  count: { type: 'string', default: '1' },
  name: { type: 'string' },
  hue: { type: 'string', default: '215' },
  video: { type: 'string' },
  audio: { type: 'string', default: 'adpcm' },
  size: { type: 'string', default: '640x360' },
  fps: { type: 'string', default: '15' },
  gop: { type: 'string', default: '1' },
  jitter: { type: 'string', default: '0' },
  bitrate: { type: 'string' },
  password: { type: 'string', default: '' },
  viewers: { type: 'string' },
  multipart: { type: 'string', default: 'normal' },
  start: { type: 'string', default: 'keyframe' },
  burst: { type: 'string', default: '0' },
  help: { type: 'boolean', default: false },
} as const;

/**
 * Runs until the signal is aborted. Rejects with `usage` for options that are wrong, or with what start() rejects with.
 */
export async function runSimulate(args: readonly string[], io: SimulateIo): Promise<void> {
  const plan = parseSimulateArguments(args);
  if (plan.type === 'help') {
    io.write(simulateHelp);
    return;
  }
  const { ffmpegPath, log } = io;
  const media = createSharedMedia({ ffmpegPath, log });
  const simulators: CameraSimulator[] = [];
  try {
    for (let index = 0; index < plan.count && !io.signal.aborted; index++) {
      const port = plan.options.port === 0 ? 0 : plan.options.port + index;
      const simulator = await CameraSimulator.start({
        ...plan.options,
        port,
        ffmpegPath,
        media,
        log,
      });
      simulators.push(simulator);
      io.write(`${describe(simulator, plan.options)}\n`);
    }
    if (!io.signal.aborted) await once(io.signal, 'abort');
  } finally {
    await Promise.all(simulators.map((simulator) => simulator[Symbol.asyncDispose]()));
  }
}

type SimulatePlan =
  | { readonly type: 'help' }
  | {
      readonly type: 'run';
      readonly count: number;
      readonly options: Omit<SimulatorOptions, 'ffmpegPath'> & { readonly port: number };
    };

/** Throws `usage` with the nearest right word for every wrong one. */
export function parseSimulateArguments(args: readonly string[]): SimulatePlan {
  const values = readOptions(args);
  if (values.help) return { type: 'help' };
  const profile = oneOf('profile', values.profile, profileNames);
  const [width = 0, height = 0] = pictureSize(values.size);
  return {
    type: 'run',
    count: number('count', values.count, { least: 1, most: 1000 }),
    options: {
      profile,
      host: values.host,
      port: number('port', values.port, { least: 0, most: 65535 }),
      name: values.name ?? profile,
      hue: number('hue', values.hue, { least: 0, most: 360 }),
      video: oneOf('video', values.video ?? profiles[profile].video, codecs),
      audio: oneOf('audio', values.audio, audioChoices),
      width,
      height,
      fps: number('fps', values.fps, { least: 1, most: 120 }),
      gopSeconds: number('gop', values.gop, { least: 0.01, most: 60 }),
      jitterMs: number('jitter', values.jitter, { least: 0, most: 500 }),
      ...(values.bitrate === undefined
        ? {}
        : { bitrateKbps: number('bitrate', values.bitrate, { least: 50, most: 50_000 }) }),
      users: users(values.password),
      viewerLimit: number('viewers', values.viewers ?? String(profiles[profile].viewerLimit), {
        least: 0,
        most: 10_000,
      }),
      multipart: multipartVariants[oneOf('multipart', values.multipart, variantNames)],
      start: oneOf('start', values.start, starts),
      initialBurstMs: number('burst', values.burst, { least: 0, most: 60_000 }),
    },
  };
}

function readOptions(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: optionTypes, strict: true }).values;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!code?.startsWith('ERR_PARSE_ARGS')) throw error;
    const unknown =
      code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' ? /'(-[^\s']*)/.exec(message)?.[1] : undefined;
    if (unknown === undefined) throw new CamgateError('usage', message, { cause: error });
    const meant = nearest(unknown.replace(/^-+/, ''), Object.keys(optionTypes));
    const hint = meant === undefined ? 'see camgate simulate --help' : `did you mean --${meant}?`;
    throw new CamgateError('usage', `Unknown option ${unknown}; ${hint}`, { cause: error });
  }
}

function oneOf<Word extends string>(option: string, word: string, words: readonly Word[]): Word {
  const found = words.find((candidate) => candidate === word);
  if (found !== undefined) return found;
  const meant = nearest(word, words);
  const hint = meant === undefined ? `it is one of ${words.join(', ')}` : `did you mean ${meant}?`;
  throw new CamgateError('usage', `--${option} cannot be "${word}"; ${hint}`);
}

function number(option: string, text: string, bounds: { least: number; most: number }): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value >= bounds.least && value <= bounds.most) return value;
  const range = `${bounds.least} to ${bounds.most}`;
  throw new CamgateError('usage', `--${option} must be a number from ${range}, not "${text}".`);
}

function pictureSize(text: string): readonly number[] {
  const match = /^(\d{2,4})x(\d{2,4})$/.exec(text);
  if (!match) throw new CamgateError('usage', `--size must be like 640x360, not "${text}".`);
  return match.slice(1).map(Number);
}

function users(password: string): readonly SimulatedUser[] {
  return [
    { name: 'admin', password, group: adminGroup },
    { name: 'visitor', password: 'visitor', group: visitorGroup },
  ];
}

/**
 * One line: the camera's address and how to play it. The password is one that the user of the command chose for a toy.
 */
function describe(
  simulator: CameraSimulator,
  options: Pick<SimulatorOptions, 'profile' | 'video'>,
): string {
  const { username, password } = simulator.credentials;
  const query = `user=${username}&pwd=${encodeURIComponent(password)}`;
  const base = simulator.url.href;
  const path = playPath(options);
  const address = `${base}${path}?${query}`;
  const player = path === 'snapshot.cgi' ? `open ${address}` : `ffplay '${address}'`;
  return `${options.profile} camera at ${base} (user ${username}): ${player}`;
}

function playPath({ profile, video }: Pick<SimulatorOptions, 'profile' | 'video'>): string {
  const { endpoints } = profiles[profile];
  const isMjpegPushed = endpoints.includes('videostream.cgi') && video === 'mjpeg';
  if (isMjpegPushed) return 'videostream.cgi';
  return endpoints.includes('av.asf') ? 'av.asf' : 'snapshot.cgi';
}
