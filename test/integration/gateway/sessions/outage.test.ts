import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { checkConformance } from '../../../conformance/conformance-checker.ts';
import { HeardLog } from '../../../unit/outputs/hls/storage/disk-rig.ts';
import { MachinePace, usualChangeMs } from '../machine-pace.ts';
import { mediaPlaylistPath, watchPlaylist, type PlaylistWatch } from '../playlist-watch.ts';
import { eventually, startRig, type Rig, type SimulatedCamera } from '../rig.ts';

const silent: SimulatedCamera = { video: 'h264', audio: 'none', width: 320, height: 240 };
const audible: SimulatedCamera = { ...silent, audio: 'adpcm' };
let rig: Rig;
let pace: MachinePace;
let watch: PlaylistWatch | undefined;
afterEach(async () => {
  pace.stop();
  await watch?.stop();
  watch = undefined;
  await rig[Symbol.asyncDispose]();
});

async function watching(): Promise<PlaylistWatch> {
  pace = new MachinePace();
  const path = await mediaPlaylistPath(rig);
  watch = watchPlaylist(rig, path);
  const { listedAtMs } = watch;
  await eventually(
    () => listedAtMs.size,
    (size) => size > 0,
  );
  pace.noteFirstChange();
  await wait(2_000);
  return watch;
}

/** Milliseconds from `sinceMs` until the playlist listed another init segment. */
async function changeAfter(seen: PlaylistWatch, sinceMs: number, count: number): Promise<number> {
  const maps = await eventually(
    () => [...seen.listedAtMs.values()],
    ({ length }) => length >= count,
    20_000,
  );
  return (maps[count - 1] ?? NaN) - sinceMs;
}

/** Dials so far, whatever became of them. */
function connectCount(): number {
  return [...rig.counters().connectsTotal.values()].reduce((sum, count) => sum + count, 0);
}

const isSlateShown = async (): Promise<boolean> => (await rig.status()).isSlateShown;

describe('offline: slate', () => {
  it('goes on with a still picture through a stall, and back, without a complaint', async () => {
    rig = await startRig([audible], { offline: 'slate', lingerMs: 1_000 });
    const seen = await watching();
    const checked = checkConformance({
      url: rig.url('/cameras/cam0/index.m3u8'),
      durationMs: 14_000,
      frameSeconds: 0.25,
      mayPause: false,
      stopAtRule: undefined,
      signal: AbortSignal.timeout(40_000),
    });
    const reader = execFile('/usr/bin/ffmpeg', [
      ...['-v', 'error', '-i', rig.url('/cameras/cam0/index.m3u8').href, '-t', '13'],
      ...['-map', '0', '-f', 'null', '-'],
    ]);
    const read = once(reader, 'exit');
    await wait(2_000);
    await rig.camera.faults.switchOn({ kind: 'stall' });
    const stalledMs = performance.now();
    expect(await changeAfter(seen, stalledMs, 2)).toBeLessThan(pace.changeMs(stalledMs));
    const status = await rig.status();
    expect(status.isSlateShown).toBe(true);
    // It is encoded once, and repeated for as long as it is shown.
    expect(rig.counters().ffmpegChildren).not.toContainEqual(
      expect.objectContaining({ purpose: 'slate' }),
    );
    await wait(3_000);
    const master = await (await rig.get('/cameras/cam0/index.m3u8')).text();
    expect(master).toMatch(/CODECS="avc1\.[^"]*,mp4a\.40\.2"/);
    expect(master).toContain('RESOLUTION=320x240');
    await rig.camera.faults.clear();
    await rig.camera.journal.waitFor((journal) => journal.openStreams.length === 1, 10_000);
    await changeAfter(seen, performance.now(), 3);
    expect(await isSlateShown()).toBe(false);
    expect(seen.text.match(/#EXT-X-DISCONTINUITY\n/g)?.length).toBeGreaterThanOrEqual(1);
    const { violations, discontinuityCount } = await checked;
    // The multivariant playlist describes two sources of different rates here, which a measurement takes for one.
    const isNumber = /frame-rate|bandwidth/;
    expect(violations.filter(({ rule }) => !isNumber.test(rule))).toEqual([]);
    expect(discontinuityCount).toBeGreaterThanOrEqual(2);
    expect((await read)[0]).toBe(0);
    expect(seen.broken).toEqual([]);
    expect(seen.heldInVain).toBe(0);
  });

  it('goes on when the camera has no power, and dials no more often for it', async () => {
    const log = new HeardLog();
    rig = await startRig([silent], { offline: 'slate' }, { log });
    const seen = await watching();
    await rig.camera.faults.switchOn({ kind: 'reboot', ms: 8_000 });
    const cutMs = performance.now();
    expect(await changeAfter(seen, cutMs, 2)).toBeLessThan(pace.changeMs(cutMs));
    expect(await rig.status()).toMatchObject({ isSlateShown: true, reason: 'unreachable' });
    expect(await rig.get('/metrics').then((answer) => answer.text())).toMatch(
      /camgate_upstream_up\{camera="cam0"\} 0/,
    );
    await rig.camera.journal.waitFor((journal) => journal.openStreams.length === 1, 30_000);
    const openedMs = performance.now();
    expect(await changeAfter(seen, openedMs, 3)).toBeLessThan(pace.changeMs(openedMs));
    await wait(1_000);
    expect(seen.broken).toEqual([]);
    expect(seen.heldInVain).toBe(0);
    expect(log.messages('info')).toEqual([
      ...['stream opened', 'session opened', 'slate shown'],
      ...['session opened', 'slate hidden'],
    ]);
  });

  it('has the camera back within 10 s after a long absence', async () => {
    rig = await startRig([silent], { offline: 'slate' });
    const seen = await watching();
    const { journal } = rig.camera;
    const dialsBefore = connectCount();
    await rig.camera.faults.switchOn({ kind: 'reboot', ms: 22_000 });
    const cutAtMs = performance.now();
    await journal.waitFor(({ openStreams }) => openStreams.length === 0, 5_000);
    await journal.waitFor(({ openStreams }) => openStreams.length === 1, 40_000);
    // Doubling without end would come back 31 to 44 s after the cut.
    expect(performance.now() - cutAtMs).toBeLessThan(30_000);
    expect(connectCount() - dialsBefore).toBeLessThanOrEqual(10);
    expect(seen.broken).toEqual([]);
  });

  it('shows nothing of a hiccup', async () => {
    rig = await startRig([silent], { offline: 'slate' });
    const seen = await watching();
    for (let count = 0; count < 3; count++) {
      await rig.camera.faults.switchOn({ kind: 'stall' });
      await wait(300);
      await rig.camera.faults.clear();
      await wait(700);
    }
    expect([...seen.listedAtMs.keys()]).toEqual(['init-0.mp4']);
  });

  it('is there soon for a camera that refuses, which is asked no sooner for it', async () => {
    rig = await startRig([silent], { offline: 'slate', password: 'wrong', lingerMs: 1_000 });
    const startedMs = performance.now();
    const seen = await watching();
    const shownMs = (seen.listedAtMs.get('init-0.mp4') ?? NaN) - startedMs;
    expect(shownMs).toBeLessThan(usualChangeMs + pace.lostSince(startedMs));
    const master = await (await rig.get('/cameras/cam0/index.m3u8')).text();
    expect(master).toContain('RESOLUTION=1280x720');
    const snapshot = await rig.get('/cameras/cam0/snapshot.jpg');
    expect(snapshot.status).toBe(503);
    expect(await snapshot.json()).toMatchObject({ code: 'wrong-password' });
    const status = await rig.status();
    expect(status).toMatchObject({
      state: 'refused',
      reason: 'wrong-password',
      isSlateShown: true,
    });
    expect(status.nextRetrySeconds).toBeGreaterThan(150);
    const { requests } = rig.camera.journal;
    expect(requests.filter(({ authKind }) => authKind !== 'none')).toHaveLength(1);
    expect(seen.broken).toEqual([]);
    await seen.stop();
    await eventually(isSlateShown, (isShown) => !isShown);
    expect(rig.counters().ffmpegChildren).toEqual([]);
  });
});

describe('offline: hold', () => {
  it('keeps every promise through 10 s without the camera', async () => {
    rig = await startRig([audible], { lingerMs: 1_000 });
    const seen = await watching();
    await rig.camera.faults.switchOn({ kind: 'stall' });
    await wait(10_000);
    expect(seen.heldInVain).toBeGreaterThan(0);
    const hint = seen.hints.at(-1) ?? '';
    expect(seen.text).toContain(`URI="${hint}"`);
    await rig.camera.faults.clear();
    await changeAfter(seen, performance.now(), 2);
    expect(seen.text).toMatch(new RegExp(`#EXT-X-PART:.*URI="${hint}"`));
    expect(seen.text).toContain('init-0.mp4');
    await wait(2_000);
    expect(seen.broken).toEqual([]);
  });
});
