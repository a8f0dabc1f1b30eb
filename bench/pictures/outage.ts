/**
 * How long after the camera is back the player is live again: from its first frame (a keyframe) to a new picture on the
 * canvas.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { launchChromium } from '../../test/browser/gateway/browser.ts';
import type { CameraSimulator } from '../../src/simulator/camera-simulator.ts';
import type { Fault } from '../../src/simulator/faults.ts';
import { startCameras } from '../rig/cameras.ts';
import { percentile, print } from '../rig/figures.ts';
import { startGateway } from '../rig/processes.ts';
import { numbersSeen } from './strip-numbers.ts';
import { sampleStrip } from './strip-sampler.ts';

const outages: readonly (readonly [name: string, fault: Fault])[] = [
  ['connection reset', { kind: 'reset' }],
  ['camera away for 4 s', { kind: 'reboot', ms: 4_000 }],
  ['camera away for 10 s', { kind: 'reboot', ms: 10_000 }],
];

const tryCount = 3;
const longestMs = 35_000;

export async function outage(): Promise<void> {
  await using cameras = await startCameras({ profile: 'classic' });
  await using gateway = await startGateway(cameras.urls);
  const [camera] = cameras.simulators;
  if (camera === undefined) throw new Error('no camera');
  const browser = await launchChromium();
  try {
    for (const [name, fault] of outages) {
      const afterFrame: number[] = [];
      const inAll: number[] = [];
      for (let count = 0; count < tryCount; count++) {
        const tab = await browser.newPage();
        await tab.goto(new URL('embed/cam0', gateway.url).href);
        await tab.waitForSelector('camgate-player[data-state="playing"]');
        await wait(3000);
        const faultAt = Date.now();
        await camera.faults.switchOn(fault);
        const backAt = await firstFrameAfter(camera, faultAt);
        const options = { source: undefined, settleMs: 0, measureMs: 5000 };
        const samples = await tab.evaluate(sampleStrip, options);
        const seen = numbersSeen(samples).find(
          ({ number }) => (camera.journal.framesSent.get(number) ?? 0) >= backAt,
        );
        afterFrame.push((seen?.seenAt ?? Infinity) - backAt);
        inAll.push((seen?.seenAt ?? Infinity) - faultAt);
        await tab.close();
      }
      print(`outage: ${name}; baseline: the time the camera itself was away`, [
        {
          figure: "camera's first frame to a new picture",
          value: percentile(afterFrame, 0.5),
          unit: 'ms',
          baseline: undefined,
        },
        {
          figure: 'fault to a new picture',
          value: percentile(inAll, 0.5),
          unit: 'ms',
          baseline: fault.kind === 'reboot' ? fault.ms : undefined,
        },
      ]);
    }
  } finally {
    await browser.close();
  }
}

/** When the camera sent the first frame of its next stream, ms since the epoch. */
async function firstFrameAfter(camera: CameraSimulator, sinceMs: number): Promise<number> {
  const isNext = ({ at, isStream }: { at: number; isStream: boolean }): boolean =>
    isStream && at >= sinceMs;
  let sentAt = 0;
  await camera.journal.waitFor((journal) => {
    const stream = journal.requests.find(isNext);
    if (stream === undefined) return false;
    sentAt = Math.max(...journal.framesSent.values());
    return sentAt >= stream.at;
  }, longestMs);
  return sentAt;
}
