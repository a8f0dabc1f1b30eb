import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Slots } from '../../../src/lib/slots.ts';

const never = new AbortController().signal;

/** A task that runs until it is told to end. */
function gate(): { task: () => Promise<void>; open: () => void; started: boolean } {
  let open = (): void => undefined;
  const ended = new Promise<void>((resolve) => (open = resolve));
  const result = { task: () => ((result.started = true), ended), open, started: false };
  return result;
}

describe('Slots', () => {
  it('runs no more than its count at once, in order', async () => {
    const slots = new Slots(2);
    const gates = [gate(), gate(), gate(), gate()];
    const runs = gates.map((each) => slots.run(each.task, never));
    await Promise.resolve();
    expect(gates.map((each) => each.started)).toEqual([true, true, false, false]);
    expect(slots.waitingCount).toBe(2);
    gates[1]?.open();
    await runs[1];
    await setImmediate(); // the next one begins in a microtask
    expect(gates.map((each) => each.started)).toEqual([true, true, true, false]);
    for (const each of gates) each.open();
    await Promise.all(runs);
    expect(slots.waitingCount).toBe(0);
  });

  it('frees the slot of a task that fails', async () => {
    const slots = new Slots(1);
    await expect(slots.run(() => Promise.reject(new Error('no')), never)).rejects.toThrow('no');
    expect(await slots.run(() => Promise.resolve(7), never)).toBe(7);
  });

  it('lets one who waits give up without losing a slot', async () => {
    const slots = new Slots(1);
    const first = gate();
    const running = slots.run(first.task, never);
    const impatient = new AbortController();
    const waiting = slots.run(() => Promise.resolve(1), impatient.signal);
    impatient.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    expect(slots.waitingCount).toBe(0);
    first.open();
    await running;
    expect(await slots.run(() => Promise.resolve(2), never)).toBe(2);
    await expect(slots.run(() => Promise.resolve(3), impatient.signal)).rejects.toThrow('gone');
  });
});
