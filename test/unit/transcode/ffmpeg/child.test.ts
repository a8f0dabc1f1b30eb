import { afterEach, describe, expect, it, vi } from 'vitest';
import { FfmpegChild, type FfmpegChildOptions } from '../../../../src/transcode/ffmpeg/child.ts';
import { ChildTally } from '../../../../src/transcode/ffmpeg/child-tally.ts';
import { runOnce, type OneShot } from '../../../../src/transcode/ffmpeg/one-shot.ts';
import { silentLog } from '../../../../src/lib/log.ts';
import { Heartbeat } from '../../../heartbeat.ts';
import { node } from '../stand-in.ts';

const echo = 'process.stdin.pipe(process.stdout)';
const stubborn =
  "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); process.stdout.write('ready')";

const running: FfmpegChild[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((child) => child.stop()));
});

function start(script: string, options: Partial<FfmpegChildOptions> = {}): FfmpegChild {
  const child = FfmpegChild.start(node, {
    purpose: 'test',
    args: ['-e', script],
    log: silentLog,
    maxQueuedBytes: 1_000_000,
    onOutput: () => undefined,
    ...options,
  });
  running.push(child);
  return child;
}

/** Starts a child and waits for its first output. */
async function startReady(
  script: string,
  options: Partial<FfmpegChildOptions> = {},
): Promise<FfmpegChild> {
  let child: FfmpegChild | undefined;
  await new Promise<void>((resolve) => {
    child = start(script, { ...options, onOutput: () => resolve() });
  });
  if (child === undefined) throw new Error('unreachable');
  return child;
}

describe('FfmpegChild', () => {
  it('delivers all output before it counts as ended', async () => {
    let received = 0;
    const child = start(echo, { onOutput: (chunk) => (received += chunk.length) });
    expect(child.write(Buffer.alloc(300_000))).toBe(true);
    child.end();
    expect(await child.exited).toEqual({ reason: 'ended', code: 0, signal: null, facts: [] });
    expect(received).toBe(300_000);
    expect(child.write(Buffer.alloc(1))).toBe(false);
  });

  it('writes what comes in one turn of the event loop at once', async () => {
    const reads: string[] = [];
    const tellReads =
      "process.stdin.on('data', (data) => console.log(data.length)); console.log('ready')";
    let child: FfmpegChild | undefined;
    await new Promise<void>((resolve) => {
      child = start(tellReads, {
        onOutput: (chunk) => {
          reads.push(...chunk.toString().trim().split('\n'));
          resolve();
        },
      });
    });
    for (let count = 0; count < 10; count++) child?.write(Buffer.alloc(100));
    expect(child?.queuedBytes).toBe(1_000);
    await vi.waitFor(() => expect(reads).toEqual(['ready', '1000']));
    child?.write(Buffer.alloc(7));
    await vi.waitFor(() => expect(reads).toEqual(['ready', '1000', '7']));
  });

  it('drops and counts what a child does not read in time', async () => {
    const child = await startReady("setInterval(() => {}, 1000); process.stdout.write('ready')");
    let accepted = 0;
    while (child.write(Buffer.alloc(100_000)) && accepted < 100) accepted += 1;
    expect(accepted).toBeLessThan(30);
    expect(child.queuedBytes).toBeLessThanOrEqual(1_000_000);
    expect(child.droppedChunks).toBe(1);
  });

  it('kills a child that ignores everything, within two seconds', async () => {
    const child = await startReady(stubborn);
    const heartbeat = new Heartbeat();
    const before = performance.now();
    const first = child.stop();
    expect(child.stop()).toBe(first);
    await first;
    expect(performance.now() - before).toBeLessThan(2000 + heartbeat.lostMs);
    heartbeat.stop();
    expect(await child.exited).toMatchObject({ reason: 'stopped', signal: 'SIGKILL' });
  });

  it('delivers nothing after stop()', async () => {
    let after = 0;
    let stopped = false;
    const child = start(
      "setInterval(() => process.stdout.write('x'), 5); process.stdin.on('end', () => process.exit(0)).resume()",
      { onOutput: () => (after += stopped ? 1 : 0) },
    );
    const ending = child.stop();
    stopped = true;
    await ending;
    expect(after).toBe(0);
  });

  it('says why a child ended unasked', async () => {
    const script =
      "console.error('pipe:0: Invalid data found when processing input'); process.exit(1)";
    expect(await start(script).exited).toEqual({
      reason: 'invalid-input',
      code: 1,
      signal: null,
      facts: [{ reason: 'invalid-input', count: 1 }],
    });
    expect(await start("process.kill(process.pid, 'SIGKILL')").exited).toMatchObject({
      reason: 'killed',
      signal: 'SIGKILL',
    });
  });

  it('reports a program that does not run without throwing', async () => {
    const child = FfmpegChild.start(
      { ...node, path: '/nonexistent/ffmpeg' },
      { purpose: 'test', args: [], log: silentLog, maxQueuedBytes: 10, onOutput: () => undefined },
    );
    expect(await child.exited).toMatchObject({ reason: 'not-started', code: null });
    expect(child.pid).toBeUndefined();
    expect(child.write(Buffer.alloc(1))).toBe(false);
    await child.stop();
    expect(child.usage()).toEqual({ cpuSeconds: 0, residentBytes: 0 });
  });

  it('survives writing to a child that has gone', async () => {
    const child = start('process.exit(0)', { maxQueuedBytes: 1e9 });
    for (let index = 0; index < 50; index += 1) child.write(Buffer.alloc(100_000));
    expect(await child.exited).toMatchObject({ code: 0 });
  });

  it('hands none of the environment on', async () => {
    process.env['CAMGATE_TEST_SECRET'] = 'hunter2';
    let output = '';
    const child = start('process.stdout.write(JSON.stringify(process.env))', {
      onOutput: (chunk) => (output += chunk.toString()),
    });
    await child.exited;
    delete process.env['CAMGATE_TEST_SECRET'];
    expect(JSON.parse(output)).toEqual({ LC_ALL: 'C', AV_LOG_FORCE_NOCOLOR: '1' });
  });

  it.runIf(process.platform === 'linux')(
    'measures processor time and keeps it after the end',
    async () => {
      const busy =
        'while (process.cpuUsage().user < 200_000); process.stdout.write("done"); setInterval(() => {}, 1000)';
      const child = await startReady(busy);
      const usage = child.usage();
      expect(usage.cpuSeconds).toBeGreaterThan(0.1);
      await vi.waitFor(() => expect(child.usage().residentBytes).toBeGreaterThan(1_000_000));
      await child.stop();
      expect(child.usage().cpuSeconds).toBeGreaterThanOrEqual(usage.cpuSeconds);
    },
  );
});

describe('runOnce', () => {
  const tools = { binary: node, tally: new ChildTally() };
  const hang = 'setInterval(() => {}, 1000)';

  function run(script: string, shot: Partial<OneShot> = {}): Promise<Buffer> {
    return runOnce(tools, {
      purpose: 'test',
      args: ['-e', script],
      input: [Buffer.alloc(9)],
      timeoutMs: 20_000,
      maxOutputBytes: 1_000_000,
      signal: new AbortController().signal,
      ...shot,
    });
  }

  it('returns the whole output of all of its input', async () => {
    const input = [Buffer.alloc(500_000, 7), Buffer.alloc(3, 8)];
    const output = await run(echo, { input });
    expect(output.equals(Buffer.concat(input))).toBe(true);
  });

  it('takes the same piece again and again', async () => {
    const piece = Buffer.from('abc');
    expect((await run(echo, { input: [piece, piece, piece] })).toString()).toBe('abcabcabc');
  });

  it('fails with the reason', async () => {
    const script = "console.error('x: Cannot allocate memory'); process.exit(1)";
    await expect(run(script)).rejects.toMatchObject({
      code: 'ffmpeg-failed',
      message: 'ffmpeg failed: out-of-memory',
    });
    await expect(run('')).rejects.toThrow('made no video');
  });

  it('is bounded in time, in output and by its signal', async () => {
    const input = [Buffer.alloc(100_000)];
    await expect(run(hang, { input, timeoutMs: 100 })).rejects.toThrow('took longer than 100 ms');
    await expect(run(echo, { input, maxOutputBytes: 1000 })).rejects.toThrow('wrote more');
    const aborting = new AbortController();
    const { signal } = aborting;
    const running = run(hang, { input, signal });
    aborting.abort(new Error('viewer gone'));
    await expect(running).rejects.toThrow('viewer gone');
    await expect(run(hang, { input, signal })).rejects.toThrow('viewer gone');
    expect(tools.tally.children).toEqual([]);
  });

  it.runIf(process.platform === 'linux')('counts the processor time that it took', async () => {
    const tally = new ChildTally();
    const busy = 'while (process.cpuUsage().user < 300_000); process.stdout.write("done")';
    const args = ['-e', busy];
    const { signal } = new AbortController();
    const limits = { timeoutMs: 20_000, maxOutputBytes: 1_000, signal };
    await runOnce({ binary: node, tally }, { purpose: 'test', args, input: [], ...limits });
    expect(tally.cpuSecondsTotal).toBeGreaterThan(0.25);
  });
});
