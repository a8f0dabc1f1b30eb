import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CameraSimulator } from '../../../../src/simulator/camera-simulator.ts';
import { eventually, memoryHls, startRig, systemFfmpeg, type Rig } from '../rig.ts';

const run = promisify(execFile);
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'camgate-time-shift-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function mediaUrl(rig: Rig, index: string): URL {
  const [name = ''] = index.split('\n').filter((line) => line.endsWith('.m3u8'));
  return new URL(name, rig.url('/cameras/cam0/'));
}

function segmentsOf(playlist: string): string[] {
  return [...playlist.matchAll(/^(\d+\.m4s)$/gm)].map(([, name = '']) => name);
}

function counters(rig: Rig) {
  const camera = rig.gateway.cameras.find('cam0');
  if (camera === undefined) throw new Error('no camera');
  return camera.counters();
}

describe('a window on disk', () => {
  it('grows there and not in memory, can be played from its beginning, and leaves nothing', async () => {
    const hls = { ...memoryHls, windowMs: 600_000, directory };
    await using rig = await startRig([{ video: 'h264', audio: 'adpcm' }], { alwaysOn: true, hls });
    const index = await (await rig.get('/cameras/cam0/index.m3u8')).text();
    const url = mediaUrl(rig, index);
    const playlist = async (): Promise<string> => (await fetch(url)).text();
    await eventually(playlist, (text) => segmentsOf(text).length >= 10, 30_000);
    const early = counters(rig);
    await eventually(playlist, (text) => segmentsOf(text).length >= 25, 40_000);
    const late = counters(rig);
    expect(late.windowDiskBytes).toBeGreaterThan(2 * early.windowDiskBytes);
    expect(late.windowBytes).toBeLessThan(1.5 * early.windowBytes);
    expect(late.diskFailuresTotal).toBe(0);

    const [oldest = ''] = segmentsOf(await playlist());
    expect(oldest).toBe('0.m4s');
    const answer = await fetch(new URL(oldest, url));
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-length')).toBe(String(bytes.length));
    const range = await fetch(new URL(oldest, url), { headers: { range: 'bytes=4-7' } });
    expect(range.status).toBe(206);
    expect(await range.text()).toBe('moof');

    // The oldest segment first, at full speed, up to the live edge: pictures without a hole.
    const { stdout } = await run('ffprobe', [
      ...['-v', 'error', '-live_start_index', '0', '-read_intervals', '%+20'],
      ...['-select_streams', 'v', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0'],
      url.href,
    ]);
    const times = stdout
      .split('\n')
      .flatMap((line) => (line === '' ? [] : [Number(line.replace(',', ''))]));
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(18);
    const steps = times.slice(1).map((time, at) => time - (times[at] ?? 0));
    expect(Math.max(...steps)).toBeLessThan(0.3);

    await rig.gateway[Symbol.asyncDispose]();
    expect(await readdir(directory)).toEqual([]);
  }, 120_000);

  it('goes on in memory when the directory cannot be used', async () => {
    const file = join(directory, 'file');
    await writeFile(file, '');
    const hls = { ...memoryHls, windowMs: 60_000, directory: file };
    await using rig = await startRig([{ video: 'h264', audio: 'none' }], { hls });
    const index = await (await rig.get('/cameras/cam0/index.m3u8')).text();
    const url = mediaUrl(rig, index);
    const playlist = async (): Promise<string> => (await fetch(url)).text();
    await eventually(playlist, (text) => segmentsOf(text).length >= 4, 20_000);
    expect(counters(rig).diskFailuresTotal).toBeGreaterThan(0);
    expect((await fetch(new URL('0.m4s', url))).status).toBe(200);
  });
});

/** The real program in a process of its own. */
function startProgram(config: string): ChildProcess {
  const main = resolve(import.meta.dirname, '../../../../src/main.ts');
  return spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), main, '--config', config],
    { stdio: ['ignore', 'pipe', 'ignore'], env: { PATH: process.env['PATH'] } },
  );
}

describe('a gateway that is killed', () => {
  it('leaves segments that the next start removes, and nothing else is touched', async () => {
    const { path } = await systemFfmpeg();
    await using camera = await CameraSimulator.start({
      profile: 'classic',
      ffmpegPath: path,
      video: 'h264',
      audio: 'none',
    });
    await mkdir(join(directory, 'windows', 'camgate-mine'), { recursive: true });
    await writeFile(join(directory, 'windows', 'notes.txt'), 'keep');
    const config = join(directory, 'camgate.yaml');
    await writeFile(
      config,
      `server: { port: 0 }
hls: { directory: windows, window: 1m }
cameras:
  front: { url: '${camera.url.href}', username: admin, alwaysOn: true }
`,
    );
    const windows = join(directory, 'windows');
    const all = (): Promise<string[]> => readdir(windows, { recursive: true });
    const first = startProgram(config);
    try {
      await eventually(all, (names) => names.filter((n) => n.endsWith('.m4s')).length > 2, 30_000);
    } finally {
      first.kill('SIGKILL');
      await once(first, 'exit');
    }
    const left = (await readdir(windows)).filter((name) => /^camgate-[0-9a-f]{10}$/.test(name));
    expect(left).toHaveLength(1);
    const second = startProgram(config);
    try {
      await eventually(
        () => readdir(windows),
        (names) => !names.includes(left[0] ?? '') && names.length === 3,
        30_000,
      );
    } finally {
      second.kill('SIGTERM');
      await once(second, 'exit');
    }
    expect((await readdir(windows)).sort()).toEqual(['camgate-mine', 'notes.txt']);
  }, 90_000);
});
