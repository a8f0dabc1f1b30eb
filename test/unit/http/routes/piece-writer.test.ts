import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PieceWriter } from '../../../../src/http/routes/piece-writer.ts';

const stallMs = 30_000;
const large = Buffer.alloc(1_000_000, 'x');

/** A viewer who takes one write when a test says so. */
class Viewer extends Writable {
  readonly writes: Buffer[] = [];
  #done: (() => void) | undefined;

  override _writev(chunks: { readonly chunk: Buffer }[], done: () => void): void {
    this.writes.push(Buffer.concat(chunks.map(({ chunk }) => chunk)));
    this.#done = done;
  }

  /** Resolves when the writer has heard of it. */
  async take(): Promise<void> {
    this.#done?.();
    await Promise.resolve();
    await new Promise((resolve) => process.nextTick(resolve));
  }
}

let viewer: Viewer;
let writer: PieceWriter;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  viewer = new Viewer();
  writer = new PieceWriter(viewer, stallMs);
});
afterEach(() => {
  writer.close();
  vi.useRealTimers();
});

describe('writing piece by piece', () => {
  it('writes a small frame at once', () => {
    writer.write(Buffer.from('head '), Buffer.from('frame '), Buffer.from('end'));
    expect(viewer.writes.map(String)).toEqual(['head frame end']);
    expect(writer.pendingBytes).toBe(14);
  });

  it('writes a large one as it is taken', async () => {
    writer.write(Buffer.from('head'), large, Buffer.from('end'));
    expect(viewer.writes).toHaveLength(1);
    expect(writer.pendingBytes).toBe(large.length + 7);
    while (writer.pendingBytes > 0) await viewer.take();
    expect(viewer.writes.length).toBeGreaterThan(3);
    expect(Buffer.concat(viewer.writes).equals(Buffer.from(`head${large.toString()}end`))).toBe(
      true,
    );
  });

  it('hands over all that waits before the end', async () => {
    writer.write(large);
    writer.end();
    const finished = new Promise((resolve) => viewer.once('finish', resolve));
    while (viewer.writableLength > 0) await viewer.take();
    await finished;
    expect(Buffer.concat(viewer.writes).equals(large)).toBe(true);
  });
});

describe('the patience with a viewer', () => {
  it('ends after exactly its time when nothing is taken', () => {
    writer.write(large);
    writer.expectProgress();
    vi.advanceTimersByTime(stallMs - 1);
    writer.expectProgress();
    expect(viewer.destroyed).toBe(false);
    vi.advanceTimersByTime(1);
    expect(viewer.destroyed).toBe(true);
  });

  it('begins again with every piece, and ends with the last one', async () => {
    writer.write(large);
    writer.expectProgress();
    while (writer.pendingBytes > 0) {
      vi.advanceTimersByTime(stallMs - 1);
      await viewer.take();
    }
    vi.advanceTimersByTime(2 * stallMs);
    expect(viewer.destroyed).toBe(false);
  });
});
