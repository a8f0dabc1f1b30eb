import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { MediaFormatError } from '../../../src/lib/errors.ts';
import { ChildKeeper } from '../../../src/transcode/child-keeper.ts';
import { dying, echo, mute, node, shellProgram, TestTools } from './stand-in.ts';

/** A transcoder that begins anew when its child is lost. */
class Rig {
  readonly tools: TestTools;
  readonly keeper: ChildKeeper;
  output = '';
  lostCount = 0;

  constructor(script: string, isAlone = false) {
    this.tools = new TestTools(shellProgram(script));
    this.keeper = new ChildKeeper({
      purpose: 'test',
      tools: this.tools,
      onLost: () => {
        this.lostCount += 1;
        this.start();
      },
      ...(isAlone ? {} : { onFailure: this.tools.onFailure }),
    });
    onTestFinished(() => {
      this.keeper.stop();
      return this.keeper.stopped();
    });
  }

  start(): void {
    const onOutput = (chunk: Buffer): void => {
      this.output += chunk.toString();
      if (this.output.endsWith('nonsense')) throw new MediaFormatError('a test');
    };
    this.keeper.start({ args: ['-loglevel', 'error'], head: Buffer.from('head '), onOutput });
  }

  /** A frame now, and so much time after it. */
  feed(passMs: number, piece = 'frame '): void {
    this.keeper.feed([Buffer.from(piece)]);
    this.tools.clock.pass(passMs);
  }
}

describe('a child', () => {
  it('gets its head and its frames in order', async () => {
    const rig = new Rig(echo);
    rig.start();
    for (const piece of ['a', 'b', 'c']) rig.feed(40, piece);
    await vi.waitFor(() => expect(rig.output).toBe('head abc'));
    expect(rig.tools.tally.children).toMatchObject([{ purpose: 'test' }]);
  });

  it('is the only one of its transcoder', async () => {
    const rig = new Rig(echo);
    rig.start();
    const { pid } = rig.tools;
    rig.start();
    await vi.waitFor(() => expect(rig.output).toBe('head '));
    await vi.waitFor(() => expect(rig.tools.pid).not.toBe(pid));
    expect(rig.tools.restarts).toEqual({});
  });

  it('that is stopped gives nothing more, and is gone', async () => {
    const rig = new Rig(echo);
    rig.start();
    await vi.waitFor(() => expect(rig.output).toBe('head '));
    rig.feed(0);
    rig.keeper.stop();
    rig.feed(0);
    await rig.keeper.stopped();
    expect(rig.output).toBe('head ');
    expect(rig.tools.tally.children).toEqual([]);
    expect(rig.keeper.isRunning).toBe(false);
    expect(rig).toMatchObject({ lostCount: 0, tools: { restarts: {}, failures: [] } });
  });
});

describe('a child that has nothing to answer', () => {
  it('does not hang, however long that lasts; then it is given its time', () => {
    const rig = new Rig(mute);
    rig.start();
    for (let count = 0; count < 60; count += 1) {
      rig.keeper.feed([Buffer.from('frame ')], { isAnswered: false });
      rig.tools.clock.pass(1_000);
    }
    for (let count = 0; count < 20; count += 1) rig.feed(1_000);
    expect(rig.tools.restarts).toEqual({});
    rig.feed(1_000);
    expect(rig.tools.restarts).toEqual({ hung: 1 });
  });
});

describe('a child that dies', () => {
  it('is replaced five times a minute; then the failure is told with its reason', async () => {
    const rig = new Rig(dying);
    rig.start();
    await vi.waitFor(() => expect(rig.tools.failures).toHaveLength(1));
    expect(rig.tools.failures).toEqual([
      'ffmpeg-failed: ffmpeg (test) failed again: invalid-input',
    ]);
    expect(rig.lostCount).toBe(5);
    expect(rig.tools.restarts).toEqual({ 'invalid-input': 6 });
    expect(rig.keeper.isRunning).toBe(false);
  });

  it('has its five again after a minute', async () => {
    const rig = new Rig(dying);
    rig.start();
    await vi.waitFor(() => expect(rig.tools.failures).toHaveLength(1));
    rig.tools.clock.pass(60_000);
    rig.start();
    await vi.waitFor(() => expect(rig.tools.failures).toHaveLength(2));
    expect(rig.lostCount).toBe(10);
  });

  it.each([
    ['Unknown decoder', 'ffmpeg-failed: ffmpeg (test) has no decoder for this stream'],
    [
      'Picture size 9x9 exceeds specified max pixel count 4',
      "frame-too-large: ffmpeg (test) refuses the size of the camera's frames",
    ],
  ])('is not replaced where the next would say the same: %s', async (words, failure) => {
    const rig = new Rig(`echo "${words}" >&2; exit 1`);
    rig.start();
    await vi.waitFor(() => expect(rig.tools.failures).toHaveLength(1));
    expect(rig.tools.failures[0]).toContain(failure);
    expect(rig.lostCount).toBe(0);
  });

  it('for itself alone rests for a minute after that', async () => {
    const rig = new Rig(dying, true);
    rig.start();
    await vi.waitFor(() => expect(rig.tools.restarts).toEqual({ 'invalid-input': 6 }));
    rig.tools.clock.pass(59_999);
    rig.start();
    expect(rig.keeper.isRunning).toBe(false);
    rig.tools.clock.pass(1);
    rig.start();
    expect(rig.keeper.isRunning).toBe(true);
    expect(rig.tools.failures).toEqual([]);
  });

  it('for itself alone begins anew when it is resumed after its rest, and at nothing else', async () => {
    const rig = new Rig(dying, true);
    rig.start();
    await vi.waitFor(() => expect(rig.tools.restarts).toEqual({ 'invalid-input': 6 }));
    rig.tools.clock.pass(59_999);
    rig.keeper.resumeIfRested();
    expect(rig.keeper.isRunning).toBe(false);
    rig.feed(1);
    rig.feed(0);
    expect(rig.keeper.isRunning).toBe(false);
    rig.keeper.resumeIfRested();
    expect(rig.keeper.isRunning).toBe(true);
    expect(rig.lostCount).toBe(6);
    rig.keeper.resumeIfRested();
    expect(rig.lostCount).toBe(6);
  });

  it('and one that cannot be started are told alike', async () => {
    const tools = new TestTools({ ...node, path: '/nonexistent/ffmpeg' });
    const plan = { args: [], head: Buffer.alloc(1), onOutput: () => undefined };
    const keeper = new ChildKeeper({
      ...{ purpose: 'test', tools },
      onLost: () => keeper.start(plan),
      onFailure: tools.onFailure,
    });
    keeper.start(plan);
    await vi.waitFor(() => expect(tools.failures).toHaveLength(1));
    expect(tools.restarts).toEqual({ 'not-started': 6 });
  });
});

describe('a child that hangs', () => {
  it('is replaced when it was fed for 20 s and gave nothing at all', () => {
    const rig = new Rig(mute);
    rig.start();
    for (let count = 0; count < 200; count += 1) rig.feed(100);
    expect(rig.lostCount).toBe(0);
    rig.feed(100);
    rig.feed(100);
    expect(rig.lostCount).toBe(1);
    expect(rig.tools.restarts).toEqual({ hung: 1 });
  });

  it('is noticed also where frames are left out until it has given those before', () => {
    const rig = new Rig(mute);
    rig.start();
    rig.feed(100);
    for (let count = 0; count < 260 && rig.lostCount === 0; count += 1) {
      rig.keeper.leaveOut();
      rig.tools.clock.pass(100);
    }
    expect(rig.tools.restarts).toEqual({ hung: 1 });
  });

  it('is told from a slow camera, and from a pause of the camera', async () => {
    const rig = new Rig(echo);
    rig.start();
    for (let count = 0; count < 5; count += 1) {
      rig.feed(10_000, `${count} `);
      await vi.waitFor(() => expect(rig.output).toContain(`${count} `));
    }
    rig.feed(3_600_000);
    rig.feed(40);
    expect(rig.lostCount).toBe(0);
  });

  it('is noticed with a slow camera, too', () => {
    const rig = new Rig(mute);
    rig.start();
    for (let count = 0; count < 24; count += 1) rig.feed(2_000);
    expect(rig.tools.restarts).toEqual({ hung: 1 });
  });

  it('is replaced when more waits for it than may', () => {
    const rig = new Rig('exec /bin/sleep 60');
    rig.start();
    const piece = 'x'.repeat(1024 * 1024);
    let count = 0;
    while (rig.lostCount === 0 && count < 40) {
      rig.feed(0, piece);
      count += 1;
    }
    expect(count).toBeGreaterThan(20);
    expect(count).toBeLessThan(30);
    expect(rig.tools.restarts).toEqual({ hung: 1 });
  });

  it('and one whose output makes no sense are replaced alike', async () => {
    const rig = new Rig(echo);
    rig.start();
    rig.feed(0, 'nonsense');
    await vi.waitFor(() => expect(rig.tools.restarts).toEqual({ 'bad-output': 1 }));
    expect(rig.lostCount).toBe(1);
    expect(rig.keeper.isRunning).toBe(true);
  });
});
