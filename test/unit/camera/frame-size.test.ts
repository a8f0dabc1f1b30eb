import { describe, expect, it } from 'vitest';
import { NativeFeed } from '../../../src/camera/native-feed.ts';
import { Supervisor } from '../../../src/camera/supervisor.ts';
import type { Failure } from '../../../src/camera/supervisor-state.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { AsfPacketWriter, renderAsfHeader } from '../../../src/simulator/asf-writer.ts';
import { createUpstreamClient } from '../../../src/upstream/upstream-client.ts';
import { claimedKeyframe } from '../media/claimed-frame.ts';
import { fakeJpeg } from '../media/support.ts';
import { RawServer } from '../upstream/raw-server.ts';

interface Outcome {
  readonly failure: Failure;
  readonly feed: NativeFeed;
  /** How often a listener was told of media to work on. */
  readonly formatCount: number;
}

/** What becomes of a session in which the camera sends this and no more. */
async function outcomeOf(media: readonly Buffer[]): Promise<Outcome> {
  await using server = await RawServer.start((socket) => {
    socket.write('HTTP/1.0 200 OK\r\n\r\n');
    socket.end(Buffer.concat(media));
  });
  const camera = {
    ...{ id: 'front', url: new URL('/video', server.url), username: '', password: '' },
    ...{ via: 'http' as const, stream: 1, audio: true },
  };
  const feed = new NativeFeed();
  let formatCount = 0;
  feed.listen({ formatChanged: () => (formatCount += 1) });
  let onFailure: (failure: Failure) => void;
  const failed = new Promise<Failure>((resolve) => (onFailure = resolve));
  const supervisor = new Supervisor({
    client: createUpstreamClient({ camera, log: silentLog }),
    feed,
    stallMs: 1_000,
    log: silentLog,
    onChange: () => {
      if ('failure' in supervisor.state) onFailure(supervisor.state.failure);
    },
    now: () => performance.now(),
    random: () => 0,
  });
  supervisor.setWanted(true);
  const failure = await failed;
  await supervisor.dispose();
  return { failure, feed, formatCount };
}

function asf(fourcc: 'H264' | 'MJPG', frames: readonly Buffer[], width = 640): Buffer[] {
  const format = { fourcc, width, height: 480, extradata: Buffer.alloc(0) };
  const writer = new AsfPacketWriter();
  const packets = frames.map((bytes, index) =>
    writer.packets([{ streamNumber: 1, timeMs: 100 * index, isKeyframe: true, bytes }]),
  );
  return [renderAsfHeader([{ kind: 'video', format }]), ...packets];
}

const hugeJpeg = fakeJpeg({ width: 15_900, height: 15_900 });
const small = claimedKeyframe({ columns: 40, rows: 30 });

describe('a camera whose frames claim to be huge', () => {
  it.each([
    ['H.264', asf('H264', [claimedKeyframe({ columns: 994, rows: 994 })])],
    [
      'H.264 that is cropped to a small size',
      asf('H264', [
        claimedKeyframe({ columns: 994, rows: 994, crop: { right: 7632, bottom: 7712 } }),
      ]),
    ],
    ['MJPEG in ASF', asf('MJPG', [hugeJpeg])],
    ['JPEG', [Buffer.from('--x\r\n\r\n'), hugeJpeg]],
  ])('is told so, and nothing is made of them: %s', async (_, media) => {
    const { failure, feed, formatCount } = await outcomeOf(media);
    expect(failure.reason).toBe('frame-too-large');
    expect(failure.message).toContain('25');
    expect(formatCount).toBe(0);
    expect(feed.latestJpeg ?? feed.latestKeyframe).toBeUndefined();
  });

  it('is told so when the size grows in the middle, before the frame is shown', async () => {
    const grown = claimedKeyframe({ columns: 994, rows: 994 });
    const { failure, feed, formatCount } = await outcomeOf(asf('H264', [small, grown]));
    expect(failure.reason).toBe('frame-too-large');
    expect(formatCount).toBe(1);
    expect(feed.size).toEqual({ width: 640, height: 480 });
  });

  it('is not meant where the container alone claims it', async () => {
    const { failure, formatCount } = await outcomeOf(asf('H264', [small], 200_000));
    expect(failure.reason).toBe('closed');
    expect(formatCount).toBe(1);
  });

  it('loses one damaged picture, not its session', async () => {
    const good = fakeJpeg();
    const { failure, feed } = await outcomeOf([good, hugeJpeg, good]);
    expect(failure.reason).toBe('closed');
    expect(feed.meter.framesTotal).toBe(2);
    expect(feed.meter.corruptTotal).toBe(1);
  });
});
