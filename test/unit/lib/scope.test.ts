import { EventEmitter } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { Scope } from '../../../src/lib/scope.ts';

describe('Scope', () => {
  it('lets go of everything once, when its owner closes', () => {
    const owner = new EventEmitter();
    const scope = Scope.of(owner);
    const release = vi.fn();
    scope.onEnd(release);
    scope.onEnd(release);
    expect(release).not.toHaveBeenCalled();
    owner.emit('close');
    scope.end();
    expect(release).toHaveBeenCalledTimes(2);
  });

  it('lets go at once of what comes too late', () => {
    const scope = new Scope();
    scope.end();
    const release = vi.fn();
    scope.onEnd(release)();
    expect(release).toHaveBeenCalledTimes(1);
  });

  it('forgets what was taken back', () => {
    const scope = new Scope();
    const release = vi.fn();
    scope.onEnd(release)();
    scope.end();
    expect(release).not.toHaveBeenCalled();
  });

  it('ends a scope within it, which may end before', () => {
    const scope = new Scope();
    const [first, second] = [new EventEmitter(), new EventEmitter()];
    const releases = [vi.fn(), vi.fn()] as const;
    scope.open(first).onEnd(releases[0]);
    scope.open(second).onEnd(releases[1]);
    first.emit('close');
    expect(releases.map(({ mock }) => mock.calls.length)).toEqual([1, 0]);
    scope.end();
    second.emit('close');
    expect(releases.map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
    const late = vi.fn();
    scope.open(new EventEmitter()).onEnd(late);
    expect(late).toHaveBeenCalledTimes(1);
  });
});
