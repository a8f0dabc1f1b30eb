import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Scope } from '../../../src/lib/scope.ts';
import { Turns } from '../../../src/lib/turns.ts';

describe('Turns', () => {
  it('starts a few tasks in each turn of the event loop, in order', async () => {
    const turns = new Turns(3);
    const started: number[] = [];
    for (let index = 0; index < 8; index++) turns.add(() => started.push(index), new Scope());
    const counts = [started.length];
    for (let turn = 0; turn < 3; turn++) {
      await nextTurn();
      counts.push(started.length);
    }
    expect(counts).toEqual([0, 3, 6, 8]);
    expect(started).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('forgets a task whose scope is over, which takes no place', async () => {
    const turns = new Turns(1);
    const scopes = Array.from({ length: 4 }, () => new Scope());
    const started: number[] = [];
    scopes[3]?.end();
    for (const [index, scope] of scopes.entries()) turns.add(() => started.push(index), scope);
    scopes[0]?.end();
    await nextTurn();
    scopes[2]?.end();
    await nextTurn();
    expect(started).toEqual([1]);
  });
});
