import { beforeEach, expect, it, vi } from 'vitest';
import { askToReload } from '../../../src/command-line/control-socket.ts';
import type { ProcessEdge } from '../../../src/command-line/edge.ts';
import { reload } from '../../../src/command-line/reload.ts';

vi.mock('../../../src/command-line/control-socket.ts', () => ({ askToReload: vi.fn() }));

const print = vi.fn();
const complain = vi.fn();
const edge: ProcessEdge = {
  ...{ version: '0', env: {}, workingDirectory: '/', print, complain },
  signal: new AbortController().signal,
};

beforeEach(() => {
  print.mockClear();
  complain.mockClear();
});

it('tells of every gateway, and fails when one of them did', async () => {
  const changes = { added: [], changed: ['a'], removed: [] };
  vi.mocked(askToReload).mockResolvedValue([
    { type: 'failed', problem: 'camgate does not answer' },
    { type: 'reloaded', changes, cameraCount: 1, restartKeys: [] },
  ]);
  expect(await reload(undefined, edge)).toBe(1);
  expect(print.mock.calls).toEqual([['reloaded, 1 camera: changed a\n']]);
  expect(complain.mock.calls).toEqual([['cannot reload: camgate does not answer']]);
});
