import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { CameraStatus } from '../../../../src/outputs/viewable-camera.ts';
import type { Config } from '../../../../src/config/config.ts';
import { Gateway } from '../../../../src/gateway.ts';
import { silentLog } from '../../../../src/lib/log.ts';
import { RawServer } from '../../../unit/sources/cgi/raw-server.ts';
import { cameraConfig, eventually, systemFfmpeg } from '../rig.ts';

const challenge = 'HTTP/1.0 401 No\r\nWWW-Authenticate: Basic realm="x"\r\n\r\n';

/** Many cameras let strangers go at once and make those wait who may be guessing passwords. */
const guessingDelayMs = 1_500;

it('viewers who give up before the camera has judged a password do not get it shown again', async () => {
  await using server = await RawServer.start((socket, request) => {
    const isShown = request.includes('Authorization');
    setTimeout(() => socket.end(challenge), isShown ? guessingDelayMs : 0);
  });
  const camera = cameraConfig('front', server.url, { password: 'wrong', lingerMs: 100 });
  const config: Config = {
    server: {
      ...{ host: '127.0.0.1', port: 0, cors: ['*'], frameAncestors: ['*'] },
      ...{ publicUrl: undefined, tls: undefined },
    },
    log: { level: 'silent', format: 'text' },
    watch: false,
    ffmpegPath: undefined,
    cameras: [camera],
  };
  const dependencies = { ffmpeg: await systemFfmpeg(), log: silentLog, version: '0.0.0-test' };
  await using gateway = await Gateway.start(config, dependencies);
  for (let visit = 0; visit < 5; visit++) {
    const signal = AbortSignal.timeout(400);
    await fetch(new URL('/cameras/front/snapshot.jpg', gateway.url), { signal }).catch(
      () => undefined,
    );
    await delay(400); // longer than the linger
  }
  const status = await eventually(
    async () => {
      const answer = await fetch(new URL('/api/cameras/front', gateway.url));
      return (await answer.json()) as CameraStatus;
    },
    ({ reason }) => reason === 'wrong-password',
  );
  expect(status).toMatchObject({ state: 'refused' });
  expect(server.requests.filter((request) => request.includes('Authorization'))).toHaveLength(1);
});
