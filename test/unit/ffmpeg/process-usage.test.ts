import { describe, expect, it } from 'vitest';
import { parseCpuSeconds, readUsage } from '../../../src/ffmpeg/process-usage.ts';

describe('process usage', () => {
  it('reads the times behind a name with blanks and brackets', () => {
    const stat = '7 (a) b) S 1 7 7 0 -1 4194560 900 0 0 0 123 45 0 0 20 0 1 0 500 1 2 3';
    expect(parseCpuSeconds(stat)).toBeCloseTo(1.68);
  });

  it.runIf(process.platform === 'linux')('reads this very process', () => {
    const usage = readUsage(process.pid);
    expect(usage?.residentBytes).toBeGreaterThan(10_000_000);
    expect(Math.abs((usage?.cpuSeconds ?? 0) - process.cpuUsage().user / 1e6)).toBeLessThan(5);
  });

  it('knows nothing of a process that is not there', () => {
    expect(readUsage(2 ** 30)).toBeUndefined();
  });
});
