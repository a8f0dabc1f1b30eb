import { describe, expect, it } from 'vitest';
import { Intake } from '../../../src/camera/intake.ts';
import { Supervisor } from '../../../src/camera/supervisor/supervisor.ts';
import type { Failure } from '../../../src/camera/supervisor/supervisor-state.ts';
import { SystemClock } from '../../../src/lib/time/clock.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { AsfPacketWriter, renderAsfHeader } from '../../../src/media/asf/asf-writer.ts';
import { createUpstreamClient } from '../../../src/sources/cgi/cgi-source.ts';
import { claimedKeyframe } from '../media/claimed-frame.ts';
import { nalUnits } from '../../../src/media/nal/nal-units.ts';
import { Recorder } from '../media/frames.ts';
import { fakeJpeg } from '../media/support.ts';
import { RawServer } from '../sources/cgi/raw-server.ts';

interface Outcome {
  readonly failure: Failure;
  readonly intake: Intake;
  /** How often a listener was told of media to work on. */
  readonly runCount: number;
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
  const clock = new SystemClock();
  const intake = new Intake({ clock, onKeyframe: () => undefined, onFailure: () => undefined });
  const recorder = new Recorder(intake.hub);
  let onFailure: (failure: Failure) => void;
  const failed = new Promise<Failure>((resolve) => (onFailure = resolve));
  const supervisor = new Supervisor({
    source: createUpstreamClient({ camera, log: silentLog }),
    intake,
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
  return { failure, intake, runCount: recorder.runs.length };
}

function asf(
  fourcc: 'H264' | 'MJPG',
  frames: readonly Buffer[],
  container: { width?: number; extradata?: Buffer } = {},
): Buffer[] {
  const format = { fourcc, width: 640, height: 480, extradata: Buffer.alloc(0), ...container };
  const writer = new AsfPacketWriter();
  const packets = frames.map((bytes, index) =>
    writer.packets([{ streamNumber: 1, timeMs: 100 * index, isKeyframe: true, bytes }]),
  );
  return [renderAsfHeader([{ kind: 'video', format }]), ...packets];
}

const hugeJpeg = fakeJpeg({ width: 15_900, height: 15_900 });
const small = claimedKeyframe({ columns: 40, rows: 30 });

/** AVCDecoderConfigurationRecord (ISO/IEC 14496-15 5.3.3.1) with one SPS. */
function hugeAvcC(): Buffer {
  const [sps = Buffer.alloc(0)] = nalUnits(claimedKeyframe({ columns: 994, rows: 994 }));
  const length = Buffer.from([sps.length >> 8, sps.length & 0xff]);
  return Buffer.concat([Buffer.from([1, 66, 0, 62, 0xff, 0xe1]), length, sps, Buffer.from([0])]);
}

describe('a camera whose frames claim to be huge', () => {
  it.each([
    ['H.264', asf('H264', [claimedKeyframe({ columns: 994, rows: 994 })])],
    [
      'H.264 that is cropped to a small size',
      asf('H264', [
        claimedKeyframe({ columns: 994, rows: 994, crop: { right: 7632, bottom: 7712 } }),
      ]),
    ],
    [
      'H.264 whose header claims it',
      asf('H264', [small], { extradata: claimedKeyframe({ columns: 994, rows: 994 }) }),
    ],
    ['H.264 whose header claims it in an avcC', asf('H264', [small], { extradata: hugeAvcC() })],
    ['MJPEG in ASF', asf('MJPG', [hugeJpeg])],
    ['JPEG', [Buffer.from('--x\r\n\r\n'), hugeJpeg]],
  ])('is told so, and nothing is made of them: %s', async (_, media) => {
    const { failure, intake, runCount } = await outcomeOf(media);
    expect(failure.reason).toBe('frame-too-large');
    expect(failure.message).toContain('25');
    expect(runCount).toBe(0);
    expect(intake.newestKeyframe).toBeUndefined();
  });

  it('is told so when the size grows in the middle, before the frame is shown', async () => {
    const grown = claimedKeyframe({ columns: 994, rows: 994 });
    const { failure, intake, runCount } = await outcomeOf(asf('H264', [small, grown]));
    expect(failure.reason).toBe('frame-too-large');
    expect(runCount).toBe(1);
    expect(intake.newestKeyframe?.track).toMatchObject({ width: 640, height: 480 });
  });

  it.each([
    ['H.264', asf('H264', [small], { width: 200_000 })],
    ['MJPEG', asf('MJPG', [fakeJpeg(), fakeJpeg()], { width: 200_000 })],
  ])('is not meant where the container alone claims it: %s', async (_, media) => {
    const { failure, runCount } = await outcomeOf(media);
    expect(failure.reason).toBe('closed');
    expect(runCount).toBe(1);
  });

  it('loses one damaged frame, not its session', async () => {
    const good = fakeJpeg();
    const { failure, intake } = await outcomeOf([good, hugeJpeg, good]);
    expect(failure.reason).toBe('closed');
    expect(intake.meter.framesTotal).toBe(2);
    expect(intake.meter.corruptTotal).toBe(1);
  });
});
