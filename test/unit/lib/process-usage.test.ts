import { describe, expect, it } from 'vitest';
import {
  parseCpuSeconds,
  readCpuSeconds,
  readResidentBytes,
} from '../../../src/lib/system/process-usage.ts';

describe('process usage', () => {
  it('reads the times behind a name with blanks and brackets', () => {
    const stat = '7 (a) b) S 1 7 7 0 -1 4194560 900 0 0 0 123 45 0 0 20 0 1 0 500 1 2 3';
    expect(parseCpuSeconds(stat)).toBeCloseTo(1.68);
  });

  it.runIf(process.platform === 'linux')('reads this very process', async () => {
    expect(await readResidentBytes(process.pid)).toBeGreaterThan(10_000_000);
    const { user, system } = process.cpuUsage();
    expect(Math.abs((readCpuSeconds(process.pid) ?? 0) - (user + system) / 1e6)).toBeLessThan(1);
  });

  it('knows nothing of a process that is not there', async () => {
    expect(readCpuSeconds(2 ** 30)).toBeUndefined();
    expect(await readResidentBytes(2 ** 30)).toBeUndefined();
  });
});
