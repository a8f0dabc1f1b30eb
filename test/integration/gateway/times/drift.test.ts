import { expect, it } from 'vitest';
import { lateness } from '../live-edge.ts';
import { followParts } from '../parts.ts';
import { cameraConfig, startGateway } from '../rig.ts';
import { ScriptedCamera } from '../scripted-camera.ts';

/** Without anything that follows it, dates would be off by 2.4 s and more by then. */
const watchMs = 12_000;

it.concurrent.each([48, 32])(
  'dates stay true when stamps say 40 ms and frames come every %i ms',
  async (arrivalMs) => {
    await using camera = await ScriptedCamera.start({
      container: 'asf',
      codec: 'h264',
      play: async (line) => {
        for (let count = 0; ; count += 1) {
          await line.until(count * arrivalMs);
          line.send(count * 40);
        }
      },
    });
    await using rig = await startGateway([cameraConfig('cam0', camera.url, { via: 'http' })]);
    const startMs = performance.now();
    const parts = await followParts(rig, () => performance.now() - startMs > watchMs);
    // A part is a part late at the most, besides what a busy machine takes.
    const lateMs = await lateness(rig);
    expect(lateMs).toBeGreaterThan(-1_000);
    expect(lateMs).toBeLessThan(1_200);
    // The slope is smooth: nothing is told by discontinuities, but for one when the clock is first understood.
    expect((parts.at(-1)?.era ?? NaN) - (parts[0]?.era ?? NaN)).toBeLessThanOrEqual(1);
    const ratio = rig.counters().clockDriftRatio ?? NaN;
    expect(Math.abs(ratio - 40 / arrivalMs)).toBeLessThan(0.02);
    const metrics = await (await rig.get('/metrics')).text();
    expect(metrics).toMatch(/^camgate_upstream_clock_drift_ratio\{camera="cam0"\} /m);
    expect(camera.connections).toHaveLength(1);
  },
);
