import { afterEach, describe, expect, it } from 'vitest';
import { SpareChild } from '../../../src/camera/spare-child.ts';
import { FfmpegChild } from '../../../src/ffmpeg/child.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { node } from '../ffmpeg/stand-in.ts';

const echo = ['-e', 'process.stdin.pipe(process.stdout)'];
const otherEcho = ['-e', 'process.stdin.pipe(process.stdout) // other'];

const started: FfmpegChild[] = [];
const spare = new SpareChild((args, onOutput) => {
  const child = FfmpegChild.start(node, {
    purpose: 'test',
    args,
    log: silentLog,
    maxQueuedBytes: 1_000_000,
    onOutput,
  });
  started.push(child);
  return child;
});

afterEach(async () => {
  await spare.dispose();
  await Promise.all(started.splice(0).map((child) => child.stop()));
});

/** What comes back from a child that is fed. */
async function answer(take: (onOutput: (chunk: Buffer) => void) => FfmpegChild): Promise<string> {
  let text = '';
  const child = take((chunk) => (text += chunk.toString()));
  child.write(Buffer.from('picture'));
  child.end();
  await child.exited;
  return text;
}

describe('SpareChild', () => {
  it('is taken by who asks for these arguments, and its output goes there', async () => {
    spare.prepare([...echo]);
    expect(await answer((onOutput) => spare.take(echo, onOutput))).toBe('picture');
    expect(started).toHaveLength(1);
  });

  it('is one at a time, and gone when it is taken', async () => {
    spare.prepare(echo);
    spare.prepare(otherEcho);
    expect(started).toHaveLength(1);
    const first = spare.take(echo, () => undefined);
    expect(await answer((onOutput) => spare.take(echo, onOutput))).toBe('picture');
    expect(started).toEqual([first, started[1]]);
  });

  it('is stopped where the guess was wrong, and another child does it', async () => {
    spare.prepare(otherEcho);
    expect(await answer((onOutput) => spare.take(echo, onOutput))).toBe('picture');
    expect(started).toHaveLength(2);
    expect(await started[0]?.exited).toMatchObject({ reason: 'stopped' });
  });

  it('is not taken when it is dead', async () => {
    spare.prepare(echo);
    started[0]?.end();
    await started[0]?.exited;
    expect(await answer((onOutput) => spare.take(echo, onOutput))).toBe('picture');
    expect(started).toHaveLength(2);
  });

  it('does not outlive its owner', async () => {
    spare.prepare(echo);
    await spare.dispose();
    expect(await started[0]?.exited).toMatchObject({ reason: 'stopped' });
    spare.drop();
    expect(started).toHaveLength(1);
  });
});
