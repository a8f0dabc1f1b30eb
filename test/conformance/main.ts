import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startRig, type SimulatedCamera } from '../integration/gateway/rig.ts';
import { checkConformance, type ConformanceReport } from './conformance-checker.ts';
import { wordsOf } from './violations.ts';

const help = `Usage: npm run conformance -- [URL] [--minutes N] [--frame MS] [--outages]

Follows a live stream as a low-latency HLS player does and prints everything that is against rfc8216bis.

  URL           address of a multivariant playlist; without one, simulated cameras of every kind are watched
  --minutes N   how long (10)
  --frame MS    the longest frame of the stream at the URL (250)
  --outages     the camera may be away for a while: held requests that end with 503 are right
`;

/** One of each kind, with the longest frame in seconds. */
const kinds: readonly { name: string; camera: SimulatedCamera }[] = [
  { name: 'H.264 with sound', camera: { video: 'h264', audio: 'adpcm', fps: 15 } },
  { name: 'H.264 silent', camera: { video: 'h264', audio: 'none', fps: 24, gopSeconds: 2 } },
  {
    name: 'MJPEG in ASF with sound',
    camera: { video: 'mjpeg', audio: 'adpcm', fps: 10, profile: 'soso' },
  },
  {
    name: 'videostream.cgi',
    camera: { video: 'mjpeg', audio: 'none', fps: 15, profile: 'foscam' },
  },
];

/** A list that reaches far back, in memory and on disk. */
function longWindows(directory: string): typeof kinds {
  const windowMs = 120_000;
  return [
    { name: 'window of 2 min', camera: { fps: 15, hls: { windowMs } } },
    { name: 'window of 2 min on disk', camera: { fps: 15, hls: { windowMs, directory } } },
  ];
}

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      minutes: { type: 'string', default: '10' },
      frame: { type: 'string', default: '250' },
      outages: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const durationMs = Number(values.minutes) * 60_000;
  const frameSeconds = Number(values.frame) / 1000;
  if (values.help || !(durationMs > 0) || !(frameSeconds > 0)) {
    console.log(help);
    return values.help ? 0 : 2;
  }
  const [address] = positionals;
  if (address === undefined) return checkSimulated(durationMs);
  const report = await checkConformance({
    url: new URL(address),
    durationMs,
    frameSeconds,
    mayPause: values.outages,
    stopAtRule: undefined,
    signal: stop.signal,
  });
  return print(address, report);
}

async function checkSimulated(durationMs: number): Promise<number> {
  const size = { width: 320, height: 180 };
  const directory = await mkdtemp(join(tmpdir(), 'camgate-conformance-'));
  const all = [...kinds, ...longWindows(directory)];
  try {
    await using rig = await startRig(
      all.map(({ camera }) => ({ ...size, ...camera })),
      { alwaysOn: true, lingerMs: 60_000 },
    );
    const codes = await Promise.all(
      all.map(async ({ name, camera }, index) => {
        const report = await checkConformance({
          url: rig.url(`/cameras/cam${index}/index.m3u8`),
          durationMs,
          frameSeconds: 1 / (camera.fps ?? 15) + 0.03,
          mayPause: false,
          stopAtRule: undefined,
          signal: stop.signal,
        });
        return print(name, report);
      }),
    );
    return Math.max(...codes);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Returns the exit code. */
function print(name: string, { violations, ...figures }: ConformanceReport): number {
  console.log(`${name}: ${violations.length} violations, ${JSON.stringify(figures)}`);
  for (const violation of violations) console.log(`  ${wordsOf(violation)}`);
  return violations.length > 0 ? 1 : 0;
}

process.exitCode = await main();
