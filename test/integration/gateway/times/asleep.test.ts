import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { CameraSimulator } from '../../../../src/simulator/camera-simulator.ts';
import { eventually, systemFfmpeg } from '../rig.ts';

const main = path.resolve(import.meta.dirname, '../../../../src/main.ts');
/** Longer than each silence that a camera or a viewer is allowed. */
const asleepMs = 10_000;
/** What the sleep does at all, it has done by then. */
const afterwardsMs = 5_000;

/** The real program in a process of its own, which can be stopped. */
async function startGateway(
  config: string,
  folder: string,
): Promise<{ child: ChildProcess; url: URL }> {
  const file = path.join(folder, 'camgate.yaml');
  writeFileSync(file, config);
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), main, '--config', file],
    {
      cwd: folder,
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (more: string) => (text += more));
  const [, address = ''] = await eventually(
    () => /(http:\/\/[\d.]+:\d+\/)/.exec(text) ?? [],
    (found) => found.length > 0,
  );
  return { child, url: new URL(address) };
}

/** One who watches `stream.mjpg`. */
function watchJpeg(url: URL) {
  const seen = { byteCount: 0, isClosed: false };
  const request = http.get(url, (response) => {
    response.on('data', (chunk: Buffer) => (seen.byteCount += chunk.length));
    response.on('error', () => undefined);
    response.once('close', () => (seen.isClosed = true));
  });
  request.on('error', () => (seen.isClosed = true));
  return { seen, leave: () => request.destroy() };
}

it('a gateway that slept 10 s drops no camera and no viewer', async () => {
  const { path: ffmpegPath } = await systemFfmpeg();
  const options = { profile: 'classic', ffmpegPath, width: 320, height: 240 } as const;
  await using filmed = await CameraSimulator.start({ ...options, video: 'h264' });
  await using pushing = await CameraSimulator.start({ ...options, video: 'mjpeg' });
  const folder = mkdtempSync(path.join(tmpdir(), 'camgate-asleep-'));
  const { child, url } = await startGateway(
    `server: { host: 127.0.0.1, port: 0 }
cameras:
  filmed: { url: '${filmed.url.href}', username: admin, alwaysOn: true }
  pushing: { url: '${pushing.url.href}', username: admin, alwaysOn: true }
`,
    folder,
  );
  const viewers = ['filmed', 'pushing'].map((id) =>
    watchJpeg(new URL(`/cameras/${id}/stream.mjpg`, url)),
  );
  try {
    await eventually(
      () => viewers.map(({ seen }) => seen.byteCount),
      (counts) => counts.every((count) => count > 50_000),
    );
    const sessionsOf = ({ journal }: CameraSimulator) => [
      journal.openStreams.map(({ number }) => number),
      journal.requests.length,
    ];
    const before = [filmed, pushing].map(sessionsOf);
    child.kill('SIGSTOP');
    await wait(asleepMs);
    const bytesAsleep = viewers.map(({ seen }) => seen.byteCount);
    child.kill('SIGCONT');
    await wait(afterwardsMs);
    expect([filmed, pushing].map(sessionsOf)).toEqual(before);
    for (const [index, { seen }] of viewers.entries()) {
      expect(seen.isClosed).toBe(false);
      expect(seen.byteCount).toBeGreaterThan((bytesAsleep[index] ?? Infinity) + 50_000);
    }
    const metrics = await (await fetch(new URL('/metrics', url))).text();
    expect(metrics).toMatch(/camgate_upstream_up\{camera="filmed"\} 1/);
    const failures = metrics
      .split('\n')
      .filter((line) => /stalls_total\{|restarts_total\{/.test(line));
    expect(failures.filter((line) => !line.endsWith(' 0'))).toEqual([]);
  } finally {
    for (const { leave } of viewers) leave();
    child.kill('SIGCONT');
    child.kill('SIGTERM');
    await once(child, 'close');
    rmSync(folder, { recursive: true });
  }
});
