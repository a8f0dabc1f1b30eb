import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkConformance } from '../conformance/conformance-checker.ts';
import { FaultyProxy, type ProxyFault } from '../conformance/seeded/faulty-proxy.ts';
import { answersFaults } from '../conformance/seeded/answers-faults.ts';
import { mediaFaults } from '../conformance/seeded/media-faults.ts';
import { playlistFaults } from '../conformance/seeded/playlist-faults.ts';
import type { SeededFault } from '../conformance/seeded/seeded-fault.ts';
import { variantFaults } from '../conformance/seeded/variant-faults.ts';
import { wordsOf, type Violation } from '../conformance/violations.ts';
import { eventually, startRig, type Rig } from './gateway/rig.ts';

/** One camera with a list that is long enough for deltas, one whose segments leave soon, one that has been away. */
const lists = { long: 'cam0', short: 'cam1', broken: 'cam2' } as const;

const seeded = [...answersFaults, ...mediaFaults, ...playlistFaults, ...variantFaults];

/** A fault is named within seconds; a busy machine may take longer, in milliseconds. */
const longestSearchMs = 40_000;
/** A server without a fault is watched for this long, in milliseconds. */
const faultlessMs = 4000;

let rig: Rig;
const stop = new AbortController();

beforeAll(async () => {
  // The past comes at once, so that there is something to skip from the beginning.
  const camera = { ...small, initialBurstMs: 18_000 };
  const list = (segmentCount: number) => ({ ...camera, hls: { segmentCount } });
  // What has been away is listed for as long as the tests last.
  const broken = { ...camera, hls: { windowMs: 600_000 } };
  rig = await startRig([list(16), list(3), broken], { alwaysOn: true, lingerMs: 60_000 });
  await eventually(() => playlistOf('long'), hasSegments(14), 40_000);
  await eventually(() => playlistOf('broken'), hasSegments(4), 40_000);
  await rig.simulators[2]?.faults.switchOn({ kind: 'reset' });
  // Behind the past that came at once, whose segments a client would miss in a delta.
  const isBack = (text: string): boolean =>
    hasSegments(20)(text.split('#EXT-X-DISCONTINUITY\n')[1]);
  await eventually(() => playlistOf('broken'), isBack, 40_000);
});

afterAll(async () => {
  stop.abort();
  await rig[Symbol.asyncDispose]();
});

const small = { video: 'h264', audio: 'adpcm', fps: 10, width: 320, height: 180 } as const;

async function playlistOf(list: keyof typeof lists): Promise<string> {
  const index = rig.url(`/cameras/${lists[list]}/index.m3u8`);
  const lines = (await (await fetch(index)).text()).split('\n');
  return (await fetch(new URL(lines.find((line) => line.endsWith('.m3u8')) ?? '', index))).text();
}

const hasSegments =
  (count: number) =>
  (text = ''): boolean =>
    (text.match(/#EXTINF/g)?.length ?? 0) >= count;

/** What is found behind a proxy: until the rule is broken, or for a while when none should be. */
async function findings(
  list: SeededFault['list'],
  fault: ProxyFault,
  rule?: string,
): Promise<readonly Violation[]> {
  await using proxy = await FaultyProxy.start(rig.url('/'), fault);
  const { violations } = await checkConformance({
    url: proxy.url(`/cameras/${lists[list]}/index.m3u8`),
    durationMs: rule === undefined ? faultlessMs : longestSearchMs,
    frameSeconds: 0.13,
    mayPause: false,
    stopAtRule: rule,
    signal: stop.signal,
  });
  return violations;
}

it('a low-latency client finds nothing when the proxy breaks nothing', async () => {
  const found = await findings('broken', {});
  // Of the past that came at once every frame is shown in less time: its rate is not the camera's. That FRAME-RATE is
  // true is tested with cameras that send as they see.
  expect(found.filter(({ rule }) => rule !== 'frame-rate').map(wordsOf)).toEqual([]);
});

describe.concurrent('a low-latency client names the fault of a server', () => {
  it.each(seeded)('$rule: $what', async ({ rule, list, fault }) => {
    const violations = await findings(list, fault(), rule);
    expect(violations.map((violation) => violation.rule)).toContain(rule);
  });
});
