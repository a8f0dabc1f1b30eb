import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Frame } from '../../../../../src/media/frame.ts';
import { complaintsOf } from '../../../media/media-programs.ts';
import { ffmpegPaths, makeFootage } from '../ffmpeg-fragments.ts';
import { WindowRig, type Footage } from '../window-rig.ts';

const run = promisify(execFile);
const never = new AbortController().signal;

interface Packet {
  readonly kind: 'video' | 'audio';
  readonly pts: number;
  readonly dts: number;
  readonly hash: string;
}

/** What is listed at the end, as a recording: every segment with its init segment. */
async function withRecording<T>(rig: WindowRig, use: (playlist: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'camgate-playback-'));
  try {
    const text = rig.text().replace(/#EXT-X-(?:PART|PRELOAD|SERVER).*\n/g, '');
    const names = [...text.matchAll(/init-\d+\.mp4|\d+\.m4s/g)].map(([name]) => name);
    for (const name of new Set(names)) {
      const media = rig.window.media(name, never);
      if (media === undefined || media instanceof Promise || media.kind !== 'memory') {
        throw new Error(`${name} is missing`);
      }
      await writeFile(join(folder, name), Buffer.concat(media.chunks));
    }
    const playlist = join(folder, 'index.m3u8');
    await writeFile(playlist, `${text}#EXT-X-ENDLIST\n`);
    return await use(playlist);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The packets as ffprobe reads them: it takes no notice of discontinuities. */
async function packetsOf(playlist: string): Promise<Packet[]> {
  const entries = 'packet=codec_type,pts_time,dts_time,data_hash';
  const options = [
    '-allowed_extensions',
    'ALL',
    '-show_data_hash',
    'md5',
    '-show_entries',
    entries,
  ];
  const { stdout, stderr } = await run(
    'ffprobe',
    ['-v', 'warning', ...options, '-of', 'json', playlist],
    { maxBuffer: 64 * 1024 * 1024, timeout: 30_000 },
  );
  expect(othersOf(stderr)).toEqual([]);
  const { packets } = JSON.parse(stdout) as { packets: Record<string, string>[] };
  return packets.map((packet) => ({
    kind: packet['codec_type'] as Packet['kind'],
    pts: Number(packet['pts_time']),
    dts: Number(packet['dts_time']),
    hash: packet['data_hash']?.replace('MD5:', '') ?? '',
  }));
}

/** Complaints, but for the one that a second init segment in a stream is passed over. */
function othersOf(stderr: string): string[] {
  return stderr.split('\n').filter((line) => line !== '' && !line.includes('duplicated MOOV'));
}

function hashOf({ data }: Frame): string {
  const hash = createHash('md5');
  for (const piece of data) hash.update(piece);
  return hash.digest('hex');
}

/** The same frames in the order in which they arrive when audio is so much later than video. */
function delayed({ run: source, frames }: Footage, lagSeconds: number): Footage {
  const at = ({ kind, dts }: Frame): number => {
    return kind === 'video' ? dts / 90_000 : dts / 48_000 + lagSeconds;
  };
  return { run: source, frames: frames.toSorted((one, other) => at(one) - at(other)) };
}

/** From a frame to the next, in seconds. */
const [prerollStep, videoStep, audioStep] = [0.2, 0.04, 1024 / 48_000];

const footages = [
  ['without audio', { hasAudio: false }, 0],
  ['with audio', { hasAudio: true }, 0],
  ['with audio that lags by 400 ms', { hasAudio: true }, 0.4],
  ['with B-frames', { hasAudio: true, encoder: ['-tune', 'film', '-bf', '2'] }, 0.1],
] as const;

describe.each(footages)('two runs %s', (_name, options, lagSeconds) => {
  it('are played by ffmpeg as one, in step and without a step back', async () => {
    const made = await makeFootage({ frameRate: 25, gopSeconds: 1, seconds: 3.3, ...options });
    const footage = delayed(made, lagSeconds);
    const rig = new WindowRig({ segmentCount: 20 });
    for (let count = 0; count < 2; count += 1) {
      rig.play(footage);
      rig.window.end();
      rig.nowMs += 5_000;
    }
    expect(rig.text()).toContain('#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI="init-1.mp4"');

    await withRecording(rig, async (playlist) => {
      for (const path of Object.values(ffmpegPaths)) {
        const decode = ['-v', 'warning', '-allowed_extensions', 'ALL', '-i', playlist];
        const { stderr } = await run(path, ['-nostdin', ...decode, '-f', 'null', '-']);
        expect(othersOf(stderr)).toEqual([]);
      }
      const packets = await packetsOf(playlist);
      for (const kind of ['video', 'audio'] as const) {
        const own = packets.filter((packet) => packet.kind === kind);
        if (kind === 'audio' && !options.hasAudio) continue;
        expect(own.length).toBeGreaterThan(160);
        for (const [index, { dts }] of own.slice(1).entries()) {
          const step = dts - (own[index]?.dts ?? 0);
          const shown = index < 5 ? prerollStep : videoStep;
          expect(step).toBeGreaterThan(0);
          // Neither a hole nor an overlap: audio may end a frame behind its video.
          expect(Math.abs(step - (kind === 'video' ? shown : audioStep))).toBeLessThan(0.022);
        }
      }
      expectInStep(footage, packets);
    });
  }, 30_000);
});

/** Each video frame and each audio frame of both runs, as far apart as when it was made. */
function expectInStep({ frames }: Footage, packets: readonly Packet[]): void {
  const madeAt = new Map<string, number>();
  const made = frames.filter(({ kind }) => kind === 'audio');
  for (const frame of made) madeAt.set(hashOf(frame), frame.pts / 48_000);
  const shown = frames.filter(({ kind }) => kind === 'video');
  const video = packets.filter(({ kind }) => kind === 'video').slice(5);
  expect(video).toHaveLength(2 * shown.length);
  for (const runIndex of [0, 1]) {
    const own = video.slice(runIndex * shown.length, (runIndex + 1) * shown.length);
    const shift = (own[0]?.pts ?? 0) - (shown[0]?.pts ?? 0) / 90_000;
    for (const [index, { pts }] of own.entries()) {
      expect(pts - shift).toBeCloseTo((shown[index]?.pts ?? 0) / 90_000, 4);
    }
    const [begin, end] = [own[0]?.dts ?? 0, own.at(-1)?.dts ?? 0];
    const heard = packets.filter(({ kind, dts }) => kind === 'audio' && dts >= begin && dts < end);
    const steps = heard.flatMap(({ pts, hash }) => {
      const at = madeAt.get(hash);
      return at === undefined ? [] : [Math.abs(pts - shift - at)];
    });
    expect(steps.length).toBeGreaterThanOrEqual(made.length > 0 ? 100 : 0);
    // A beep and its flash are within 40 ms; what audio of ffmpeg is put in order by is half a frame.
    for (const step of steps) expect(step).toBeLessThan(0.012);
  }
}

it('the parts of a playlist are a file that both builds of ffmpeg decode', async () => {
  const footage = await makeFootage({ frameRate: 15, gopSeconds: 1, seconds: 3, hasAudio: true });
  const rig = new WindowRig();
  rig.play(footage);
  rig.window.end();
  const names = [...rig.text().matchAll(/URI="(init-0\.mp4|part-\d+\.m4s)"/g)].map(
    ([, name = '']) => name,
  );
  const chunks = names.flatMap((name) => {
    const media = rig.window.media(name, never);
    return media !== undefined && 'chunks' in media ? media.chunks : [];
  });
  expect(chunks.length).toBeGreaterThan(15);
  for (const path of Object.values(ffmpegPaths)) {
    expect(complaintsOf(path, Buffer.concat(chunks))).toBe('');
  }
});
