import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { settled } from '../../../src/lib/time/settled.ts';

const forever = new Promise<void>(() => undefined);

describe('settled', () => {
  it('waits for the promise, whatever comes of it, and leaves no listener behind', async () => {
    const { signal } = new AbortController();
    await settled(Promise.resolve(), signal);
    await settled(Promise.reject(new Error('away')), signal);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('waits no longer than until the signal is aborted', async () => {
    const giveUp = new AbortController();
    const waiting = settled(forever, giveUp.signal);
    giveUp.abort();
    await waiting;
    await settled(forever, giveUp.signal);
    expect(getEventListeners(giveUp.signal, 'abort')).toEqual([]);
  });
});
