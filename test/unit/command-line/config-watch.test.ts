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
  rmSync(folder, { recursive: true });
});

function start(settleMs = 20): void {
  writeFileSync(file, 'one');
  watch = new ConfigWatch({ file, onChange, log: silentLog, settleMs });
}

const isTold = (count: number): Promise<void> =>
  vi.waitFor(() => expect(onChange).toHaveBeenCalledTimes(count), { timeout: 5_000 });

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

  it('has changed as well when that was before it was watched', async () => {
    start();
    writeFileSync(file, 'two');
    watch.isOn = true;
    await isTold(1);
  });

  it('is taken when it stays as it is, and not in the middle of being written', async () => {
    start(150);
    watch.isOn = true;
    const texts = ['tw', 'two', 'two a', 'two and'];
    for (const text of texts) {
      writeFileSync(file, text);
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(onChange).not.toHaveBeenCalled();
    }
    await isTold(1);
  });

  it('is left alone while it is not watched', async () => {
    start();
    watch.isOn = true;
    watch.isOn = false;
    writeFileSync(file, 'two');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(onChange).not.toHaveBeenCalled();
    watch.isOn = true;
    await isTold(1);
  });
});
