import { execFile } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { ffmpegPaths } from '../../../unit/outputs/hls/ffmpeg-fragments.ts';
import { TransportStreamChecker } from '../../../unit/media/containers/transport-stream-checker.ts';
import { startRig, type SimulatedCamera } from '../rig.ts';

/** A program that is given a live address and must end by itself; resolves with what it wrote. */
function run(
  program: string,
  args: readonly string[],
): Promise<{ stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: 40_000 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${program}: ${error.message} ${stderr}`));
      else resolve({ stdout, stderr });
    });
  });
}

async function watch(address: URL): Promise<void> {
  const probed = await run('ffprobe', [
    ...['-v', 'error', '-show_entries', 'stream=codec_name', '-of', 'csv=p=0', address.href],
  ]);
  expect(probed.stderr).toBe('');
  expect(probed.stdout).toContain('h264');
  const decode = ['-t', '4', '-map', '0', '-f', 'null', '-'];
  const watched = await Promise.all(
    Object.values(ffmpegPaths).map((path) =>
      run(path, ['-nostdin', '-v', 'error', '-i', address.href, ...decode]),
    ),
  );
  expect(watched.map(({ stderr }) => stderr)).toEqual(['', '']);
}

const cameras: readonly (readonly [string, SimulatedCamera])[] = [
  ['H.264 with audio', { video: 'h264', audio: 'adpcm' }],
  ['silent H.264', { video: 'h264', audio: 'none' }],
  ['MJPEG', { video: 'mjpeg', audio: 'none', profile: 'foscam' }],
];

describe('the classic renditions', () => {
  it.each(cameras)(
    'play in both builds of ffmpeg from one session: %s',
    async (_name, camera) => {
      await using rig = await startRig([camera]);
      await Promise.all(
        ['classic', 'ts'].map((name) => watch(rig.url(`/cameras/cam0/${name}/index.m3u8`))),
      );
      expect(rig.camera.journal.mostOpenStreams).toBe(1);
    },
    90_000,
  );

  it('answers caches, ranges and HEAD, and segments that join without a seam', async () => {
    await using rig = await startRig([{ video: 'h264', audio: 'adpcm' }]);
    const index = await rig.get('/cameras/cam0/ts/index.m3u8');
    expect(index.status).toBe(200);
    const [uri = ''] = (await index.text()).split('\n').filter((line) => line.startsWith('../'));
    const listUrl = new URL(uri, rig.url('/cameras/cam0/ts/index.m3u8'));
    const list = await fetch(listUrl);
    expect(list.headers.get('cache-control')).toMatch(/no-cache|max-age=0/);
    const etag = list.headers.get('etag') ?? '';
    const names = (await list.text()).split('\n').filter((line) => line.endsWith('.ts'));
    expect(names.length).toBeGreaterThanOrEqual(3);
    const again = await fetch(listUrl, { headers: { 'If-None-Match': etag } });
    // A new segment may have become whole in between.
    expect([200, 304]).toContain(again.status);
    const checker = new TransportStreamChecker();
    for (const name of names) {
      const segmentUrl = new URL(name, listUrl);
      const answer = await fetch(segmentUrl);
      expect(answer.headers.get('content-type')).toBe('video/mp2t');
      expect(answer.headers.get('cache-control')).toContain('immutable');
      expect(answer.headers.get('access-control-allow-origin')).toBe('*');
      const bytes = Buffer.from(await answer.arrayBuffer());
      const { problems, units } = checker.check(bytes);
      expect(problems).toEqual([]);
      expect(units.length).toBeGreaterThan(0);
      const head = await fetch(segmentUrl, { method: 'HEAD' });
      expect(head.headers.get('content-length')).toBe(String(bytes.length));
      const range = await fetch(segmentUrl, { headers: { Range: 'bytes=188-375' } });
      expect(range.status).toBe(206);
      expect(Buffer.from(await range.arrayBuffer())).toEqual(bytes.subarray(188, 376));
    }
  }, 40_000);
});
