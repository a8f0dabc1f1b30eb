import type { Log } from '../lib/log.ts';
import { adminGroup } from './device/accounts.ts';
import { CameraSimulator, type SimulatorOptions } from './camera-simulator.ts';
import { createSharedMedia } from './streams/shared-media.ts';

export interface DemoCamera {
  readonly id: string;
  readonly name: string;
  readonly url: URL;
  readonly username: string;
  readonly password: string;
}

export interface DemoCameras extends AsyncDisposable {
  readonly cameras: readonly DemoCamera[];
}

type DemoPlan = Pick<SimulatorOptions, 'profile' | 'video' | 'fps' | 'hue'> & {
  readonly id: string;
  readonly name: string;
};

const plans: readonly DemoPlan[] = [
  { id: 'garden', name: 'Garden', profile: 'classic', video: 'h264', fps: 15, hue: 215 },
  { id: 'workshop', name: 'Workshop', profile: 'soso', video: 'mjpeg', fps: 10, hue: 275 },
  { id: 'harbour', name: 'Harbour', profile: 'foscam', video: 'mjpeg', fps: 15, hue: 175 },
];

const login = { username: 'admin', password: 'demo' } as const;

/** One camera of each kind: av.asf with H.264, av.asf with MJPEG video (Digest), videostream.cgi. All or none start. */
export async function startDemoCameras(options: {
  readonly ffmpegPath: string;
  readonly log: Log;
}): Promise<DemoCameras> {
  const { ffmpegPath, log } = options;
  const media = createSharedMedia({ ffmpegPath, log });
  const users = [{ name: login.username, password: login.password, group: adminGroup }];
  const started = await Promise.allSettled(
    plans.map(({ id: _id, ...plan }) =>
      CameraSimulator.start({ ...plan, ffmpegPath, users, media, log }),
    ),
  );
  const simulators = started.flatMap((result) =>
    result.status === 'fulfilled' ? [result.value] : [],
  );
  const disposeAll = async (): Promise<void> => {
    await Promise.all(simulators.map((simulator) => simulator[Symbol.asyncDispose]()));
  };
  const failed = started.find((result) => result.status === 'rejected');
  if (failed) {
    await disposeAll();
    throw failed.reason;
  }
  const cameras = simulators.map(({ url }, index) => {
    const { id = '', name = '' } = plans[index] ?? {};
    return { id, name, url, ...login };
  });
  return { cameras, [Symbol.asyncDispose]: disposeAll };
}
