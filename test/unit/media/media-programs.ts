import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programTimeoutMs } from './support.ts';

function withFile<T>(bytes: Buffer, use: (file: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'camgate-test-'));
  try {
    const file = join(folder, 'media');
    writeFileSync(file, bytes);
    return use(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(program: string, args: readonly string[]): { stdout: string; stderr: string } {
  const { stdout, stderr, error } = spawnSync(program, args, { timeout: programTimeoutMs });
  if (error) throw error;
  return { stdout: stdout.toString(), stderr: stderr.toString() };
}

/** The errors that ffmpeg finds in a file that it decodes from end to end; none is good. */
export function complaintsOf(ffmpeg: string, media: Buffer): string {
  return withFile(
    media,
    (file) =>
      run(ffmpeg, ['-nostdin', '-v', 'error', '-i', file, '-map', '0', '-f', 'null', '-']).stderr,
  );
}

/** A hash of each decoded picture or piece of sound of a stream (`v:0`, `a:0`), in the order of presentation. */
export function frameHashes(ffmpeg: string, media: Buffer, stream: string): string[] {
  const args = ['-map', `0:${stream}`, '-fps_mode', 'passthrough', '-f', 'framemd5', '-'];
  const { stdout } = withFile(media, (file) =>
    run(ffmpeg, ['-nostdin', '-v', 'error', '-i', file, ...args]),
  );
  const lines = stdout.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => line.split(',').at(-1)?.trim() ?? '');
}

/** A hash of each coded packet of a stream, in the order of the file. */
export function packetHashes(ffmpeg: string, media: Buffer, stream: string): string[] {
  const args = ['-map', `0:${stream}`, '-c', 'copy', '-f', 'framemd5', '-'];
  const { stdout } = withFile(media, (file) =>
    run(ffmpeg, ['-nostdin', '-v', 'error', '-i', file, ...args]),
  );
  const lines = stdout.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => line.split(',').at(-1)?.trim() ?? '');
}

export interface ProbedTimes {
  /** In seconds. */
  readonly pts: number;
  readonly dts: number;
}

export function probeTimes(media: Buffer, stream: string): ProbedTimes[] {
  const entries = ['-select_streams', stream, '-show_entries', 'packet=pts_time,dts_time'];
  const { stdout } = withFile(media, (file) =>
    run('ffprobe', ['-v', 'error', ...entries, '-of', 'json', file]),
  );
  const { packets } = JSON.parse(stdout) as { packets: { pts_time: string; dts_time: string }[] };
  return packets.map(({ pts_time, dts_time }) => ({
    pts: Number(pts_time),
    dts: Number(dts_time),
  }));
}

/** What ffprobe says of the first stream of a kind (`v`, `a`), decoding nothing. */
export function probeStream(media: Buffer, kind: 'v' | 'a'): Record<string, unknown> {
  const { stdout } = withFile(media, (file) =>
    run('ffprobe', ['-v', 'error', '-select_streams', kind, '-show_streams', '-of', 'json', file]),
  );
  const { streams } = JSON.parse(stdout) as { streams: Record<string, unknown>[] };
  return streams[0] ?? {};
}
