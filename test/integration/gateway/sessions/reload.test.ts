import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CameraConfig } from '../../../../src/config/config.ts';
import { watchJpegs } from '../jpeg-viewer.ts';
import { mediaPlaylistPath, watchPlaylist } from '../playlist-watch.ts';
import { cameraConfig, eventually, startRig, type Rig } from '../rig.ts';

let rig: Rig;
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'camgate-reload-'));
});
afterEach(async () => {
  await rig[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

/** As the rig has configured them: `cam0` and so on. */
function configs(): CameraConfig[] {
  return rig.gateway.cameras.cameras.map(({ id }, index) => {
    const simulator = rig.simulators[index];
    if (simulator === undefined) throw new Error(`${id} has no simulator`);
    return cameraConfig(id, simulator.url, { alwaysOn: true });
  });
}

const codeOf = async (answer: Response): Promise<unknown> =>
  ((await answer.json()) as { code: string }).code;

const windowFolders = (): string[] =>
  readdirSync(directory).flatMap((name) =>
    readdirSync(join(directory, name)).filter((each) => /^cam\d/.test(each)),
  );

describe('a change of the configuration', () => {
  it('leaves viewers of other cameras alone', async () => {
    rig = await startRig(
      [
        { video: 'mjpeg', audio: 'none' },
        { video: 'h264', audio: 'none' },
        { video: 'h264', audio: 'none' },
        { video: 'mjpeg', audio: 'none' },
      ],
      { alwaysOn: true },
    );
    const [jpeg, h264, other, late] = configs();
    if (!jpeg || !h264 || !other || !late) throw new Error('four cameras');
    await rig.gateway.replaceCameras([jpeg, h264, other]);
    const playlist = watchPlaylist(rig, await mediaPlaylistPath(rig, 'cam1'));
    let isOver = false;
    const frames = watchJpegs(rig, () => isOver, 'cam0');
    await mediaPlaylistPath(rig, 'cam2');

    const changed = { ...other, name: 'Another name' };
    expect(await rig.gateway.replaceCameras([jpeg, h264, changed])).toMatchObject({
      changed: ['cam2'],
    });
    await mediaPlaylistPath(rig, 'cam2');
    expect(await rig.gateway.replaceCameras([jpeg, h264, changed, late])).toMatchObject({
      added: ['cam3'],
    });
    expect((await rig.get('/cameras/cam3/snapshot.jpg')).status).toBe(200);
    expect(await rig.gateway.replaceCameras([h264, jpeg, late])).toMatchObject({
      removed: ['cam2'],
    });
    await rig.simulators[2]?.journal.waitFor(({ openStreams }) => openStreams.length === 0);

    isOver = true;
    const times = (await frames).map(({ seenAtMs }) => seenAtMs);
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(Math.max(...gaps)).toBeLessThan(1_000);
    await playlist.stop();
    expect(playlist.broken).toEqual([]);
    expect(playlist.text).not.toContain('DISCONTINUITY\n');
    for (const index of [0, 1]) {
      const { requests, mostOpenStreams } = rig.simulators[index]?.journal ?? { requests: [] };
      // The session of the start.
      expect(requests.filter(({ isStream, status }) => isStream && status === 200)).toHaveLength(1);
      expect(mostOpenStreams).toBe(1);
    }
    expect(rig.simulators[2]?.journal.mostOpenStreams).toBe(1);
  });

  it('takes everything of a removed camera with it', async () => {
    const overrides = { alwaysOn: true, stallMs: 60_000 };
    rig = await startRig([{ video: 'h264', audio: 'none', hls: { directory } }], overrides);
    const path = await mediaPlaylistPath(rig);
    await eventually(windowFolders, (names) => names.length === 1);
    await rig.camera.faults.switchOn({ kind: 'stall' });
    const text = await (await rig.get(path)).text();
    const msn = Number(/MEDIA-SEQUENCE:(\d+)/.exec(text)?.[1]) + text.split('#EXTINF').length;
    const held = rig.get(`${path}?_HLS_msn=${msn}`);
    await eventually(
      () => rig.counters().blockedRequests,
      (count) => count > 0,
    );
    await rig.gateway.replaceCameras([cameraConfig('other', new URL('http://127.0.0.1:9/'))]);
    expect(await codeOf(await held)).toBe('camera-unknown');
    await rig.camera.journal.waitFor(({ openStreams }) => openStreams.length === 0);
    await eventually(windowFolders, (names) => names.length === 0);
    const metrics = await (await rig.get('/metrics')).text();
    expect(metrics).toContain('camera="other"');
    expect(metrics).not.toContain('camera="cam0"');
    expect(await codeOf(await rig.get(path))).toBe('camera-unknown');
  });

  it('gives viewers of the changed camera its new session, and the device one at a time', async () => {
    rig = await startRig([{ video: 'mjpeg', audio: 'none' }], { alwaysOn: true });
    let isOver = false;
    const frames = watchJpegs(rig, () => isOver);
    const path = await mediaPlaylistPath(rig);
    const [config] = configs();
    if (config === undefined) throw new Error('one camera');
    await rig.gateway.replaceCameras([{ ...config, hls: { ...config.hls, directory } }]);
    expect(await codeOf(await rig.get(path))).toBe('media-gone');
    expect(await mediaPlaylistPath(rig)).not.toBe(path);
    await eventually(windowFolders, (names) => names.length === 1);
    const changedAtMs = performance.now();
    await eventually(
      () => rig.counters().framesTotal,
      (count) => count > 10,
    );
    isOver = true;
    const seen = await frames;
    expect(seen.at(-1)?.seenAtMs).toBeGreaterThan(changedAtMs);
    expect(rig.camera.journal.mostOpenStreams).toBe(1);
  });
});
