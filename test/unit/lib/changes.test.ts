import { describe, expect, it } from 'vitest';
import { Changes } from '../../../src/lib/changes.ts';

describe('Changes', () => {
  const options = (signal = new AbortController().signal, timeoutMs = 5000) => ({
    signal,
    timeoutMs,
    timeoutError: () => new Error('too late'),
  });

  it('answers at once when the condition holds', async () => {
    expect(await new Changes().wait(() => 7, options())).toBe(7);
  });

  it('wakes all waiters whose condition came true', async () => {
    const changes = new Changes();
    let value = undefined as number | undefined;
    const waiting = [1, 2].map(() => changes.wait(() => value, options()));
    changes.notify();
    value = 3;
    changes.notify();
    expect(await Promise.all(waiting)).toEqual([3, 3]);
  });

  it('ends with the error of the condition', async () => {
    const changes = new Changes();
    let isBroken = false;
    const waiting = changes.wait(() => {
      if (isBroken) throw new Error('broken');
      return undefined;
    }, options());
    isBroken = true;
    changes.notify();
    await expect(waiting).rejects.toThrow('broken');
  });

  it('ends in time', async () => {
    await expect(new Changes().wait(() => undefined, options(undefined, 5))).rejects.toThrow(
      'too late',
    );
  });

  it('ends with the signal, also one that was aborted before', async () => {
    const controller = new AbortController();
    const waiting = new Changes().wait(() => undefined, options(controller.signal));
    controller.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    await expect(new Changes().wait(() => undefined, options(controller.signal))).rejects.toThrow(
      'gone',
    );
  });
});
