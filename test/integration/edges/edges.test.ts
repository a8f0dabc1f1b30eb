import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CamgateError } from '../../../src/lib/errors.ts';
import { checkConformance } from '../../conformance/conformance-checker.ts';
import { wordsOf } from '../../conformance/violations.ts';
import { startNginx } from '../../edges/nginx.ts';
import { startVarnish } from '../../edges/varnish.ts';
import { canUse } from '../../programs.ts';
import { frameOf, jpeg } from '../../unit/http/fake-camera.ts';
import { startRig } from '../gateway/rig.ts';
import { Front } from './front.ts';

const viewerCount = 20;
/** Far below a part and the half second of a cache lock, far above what waking costs a busy machine. */
const promptMs = 150;
const live = 'hls/a1/live.m3u8';

const canNginx = canUse('nginx', 'nginx');
const canVarnish = canUse('varnishd', 'varnish');

describe.each([
  { name: 'nginx', canRun: canNginx, start: startNginx, asksPerCrowd: viewerCount },
  { name: 'Varnish', canRun: canVarnish, start: startVarnish, asksPerCrowd: 1 },
])('$name with the recipe', ({ canRun, start, asksPerCrowd }) => {
  let front: Front;
  /** Parts so far. */
  let partCount = 0;

  beforeAll(async () => {
    if (canRun) front = await Front.start((origin) => start(origin));
  });
  afterAll(async () => {
    if (canRun) await front[Symbol.asyncDispose]();
  });

  /** All viewers ask for what the next part brings; resolves when camgate has been asked by as many as it is to be. */
  async function crowd(path: string): Promise<Promise<Response>[]> {
    const before = front.askedCount;
    const asked = Array.from({ length: viewerCount }, () => front.get(path));
    await vi.waitFor(() => expect(front.askedCount - before).toBe(asksPerCrowd), 10_000);
    return asked;
  }

  it.runIf(canRun).each([
    ['reloads of a playlist', (part: number) => `${live}?_HLS_msn=1&_HLS_part=${part}`],
    ['parts', (part: number) => `hls/a1/0.${part}.m4s`],
  ])('answers all held %s in the moment the part is there', async (_kind, pathOf) => {
    const tookMs: number[] = [];
    for (let round = 0; round < 5; round++) {
      const asked = await crowd(pathOf(partCount));
      const releasedMs = performance.now();
      front.window.advance(Buffer.from(`part ${partCount}`));
      const answers = await Promise.all(asked);
      tookMs.push(performance.now() - releasedMs);
      partCount++;
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      const texts = new Set(await Promise.all(answers.map((answer) => answer.text())));
      expect(texts.size).toBe(1);
    }
    const [, , median] = tookMs.sort((a, b) => a - b);
    expect(median).toBeLessThan(promptMs);
  });

  it.runIf(canRun)('asks once for a segment, whatever the query', async () => {
    front.window.add('7.m4s', [Buffer.alloc(300_000, 7)]);
    const before = front.askedCount;
    const first = await front.get('hls/a1/7.m4s');
    expect((await first.arrayBuffer()).byteLength).toBe(300_000);
    expect(first.headers.get('x-cache-status')).toBe('MISS');
    for (const query of ['', '?t=1', '?t=2']) {
      const again = await front.get(`hls/a1/7.m4s${query}`);
      expect((await again.arrayBuffer()).byteLength).toBe(300_000);
      expect(again.headers.get('x-cache-status')).toBe('HIT');
    }
    expect(front.askedCount - before).toBe(1);
  });

  it.runIf(canRun)('does not make a crowd wait for a segment that is there', async () => {
    const tookMs: number[] = [];
    for (let msn = 10; msn < 15; msn++) {
      front.window.add(`${msn}.m4s`, [Buffer.alloc(300_000, msn)]);
      const startMs = performance.now();
      const asked = Array.from({ length: viewerCount }, () => front.get(`hls/a1/${msn}.m4s`));
      const sizes = (await Promise.all(asked)).map(async (answer) => {
        return (await answer.arrayBuffer()).byteLength;
      });
      expect(new Set(await Promise.all(sizes))).toEqual(new Set([300_000]));
      tookMs.push(performance.now() - startMs);
    }
    const [, , median] = tookMs.sort((a, b) => a - b);
    expect(median).toBeLessThan(2 * promptMs);
  });

  it.runIf(canRun)('keeps no error', async () => {
    expect((await front.get('hls/a1/30.m4s')).status).toBe(404);
    front.window.add('30.m4s', [Buffer.from('late')]);
    await vi.waitFor(async () => expect((await front.get('hls/a1/30.m4s')).status).toBe(200), {
      timeout: 5000,
    });
  });

  it.runIf(canRun)('tells all who waited in vain why, once', async () => {
    const asked = await crowd(`${live}?_HLS_msn=1&_HLS_part=${partCount}`);
    const before = front.askedCount;
    front.window.fail(new CamgateError('playlist-timeout', 'Nothing new.'));
    for (const answer of await Promise.all(asked)) {
      expect(answer.status).toBe(503);
      expect(await answer.json()).toMatchObject({ code: 'playlist-timeout' });
    }
    expect(front.askedCount).toBe(before);
  });

  it.runIf(canRun)('never gives a playlist that is older than camgate says', async () => {
    const textOf = async (): Promise<string> => (await front.get(live)).text();
    const old = await textOf();
    front.window.advance(Buffer.from('newer'));
    partCount++;
    // Half of the target duration of 2 s; with what was asked first the time of a cache begins.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await textOf()).not.toBe(old);
  });

  it.runIf(canRun)('passes MJPEG frames when they come, and the end of a viewer', async () => {
    const viewer = front.open('stream.mjpg');
    await vi.waitFor(() => expect(front.camera.watchers.size).toBe(1), 10_000);
    for (let index = 0; index < 3; index++) {
      const frame = once(viewer, 'data', { signal: AbortSignal.timeout(5000) });
      front.camera.show(frameOf(jpeg));
      await frame;
    }
    viewer.destroy();
    await vi.waitFor(() => expect(front.camera.watchers.size).toBe(0), 10_000);
  });

  it.runIf(canRun)('lets camgate notice an MJPEG viewer who does not read', async () => {
    const viewer = front.open('stream.mjpg').pause();
    await vi.waitFor(() => expect(front.camera.watchers.size).toBe(1), 10_000);
    const frame = frameOf(Buffer.alloc(1024 * 1024));
    // More than all buffers on the way hold together.
    for (let shown = 0; shown < 200 && front.camera.viewers.droppedCounts.mjpeg === 0; shown++) {
      front.camera.show(frame);
      await nextTurn();
    }
    expect(front.camera.viewers.droppedCounts.mjpeg).toBeGreaterThan(0);
    viewer.destroy();
    await vi.waitFor(() => expect(front.camera.watchers.size).toBe(0), 10_000);
  });

  it.runIf(canRun)('leaves LL-HLS as it has to be', async () => {
    await using rig = await startRig([{ video: 'h264', audio: 'adpcm', fps: 15 }]);
    await using edge = await start(rig.gateway.url);
    const report = await checkConformance({
      url: new URL('cameras/cam0/index.m3u8', edge.url),
      durationMs: 15_000,
      frameSeconds: 1 / 15,
      mayPause: false,
      stopAtRule: undefined,
      signal: new AbortController().signal,
    });
    // A cache may answer a blocking request of the past again, as long as camgate says (6 target durations).
    const violations = report.violations.filter(({ rule }) => rule !== 'old-segment');
    expect(violations.map(wordsOf)).toEqual([]);
    expect(report.partCount).toBeGreaterThan(20);
  });
});
