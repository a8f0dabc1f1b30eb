import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConfigWatch } from '../../../src/command-line/config-watch.ts';
import { silentLog } from '../../../src/lib/log.ts';

let folder: string;
let file: string;
let watch: ConfigWatch;
const onChange = vi.fn();

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'camgate-watch-'));
  file = path.join(folder, 'camgate.yaml');
  onChange.mockClear();
});
afterEach(() => {
  watch[Symbol.dispose]();
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

function start(settleMs = 20): void {
  writeFileSync(file, 'one');
  watch = new ConfigWatch({ file, onChange, log: silentLog, settleMs });
}

const isTold = (count: number): Promise<void> =>
  vi.waitFor(() => expect(onChange).toHaveBeenCalledTimes(count), { timeout: 5_000 });

/** Turns of the event loop, for what files take; the time limit of the test bounds them. */
async function turnsUntil(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

describe('a watched configuration file', () => {
  it('is told of when it is written, replaced or linked anew', async () => {
    start();
    watch.isOn = true;
    writeFileSync(file, 'two');
    await isTold(1);
    writeFileSync(`${file}.new`, 'three');
    renameSync(`${file}.new`, file);
    await isTold(2);
    rmSync(file);
    await isTold(3);
    writeFileSync(path.join(folder, 'elsewhere'), 'four');
    symlinkSync('elsewhere', file);
    await isTold(4);
    writeFileSync(path.join(folder, 'elsewhere'), 'five');
    await isTold(5);
  });

  it('has changed as well when that was while it was not watched', async () => {
    start();
    watch.isOn = true;
    watch.isOn = false;
    writeFileSync(file, 'two');
    watch.isOn = true;
    await isTold(1);
  });

  it('is not taken while it is still being written', async () => {
    start(500);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
    writeFileSync(file, 'half');
    watch.isOn = true;
    // The timer of the next look, beside that of the slow check: the file has to be looked at again.
    const isDoubted = (): Promise<void> => turnsUntil(() => vi.getTimerCount() === 2);
    for (const [text, delayMs] of [
      ['half', 0],
      ['half and more', 500],
      ['whole', 500],
    ] as const) {
      writeFileSync(file, text);
      vi.advanceTimersByTime(delayMs);
      await isDoubted();
      expect(onChange).not.toHaveBeenCalled();
    }
    vi.advanceTimersByTime(500);
    await turnsUntil(() => onChange.mock.calls.length > 0);
  });
});
